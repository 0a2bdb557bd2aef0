//! Stands in for WebKitGTK, so that this program starts where it is missing.
//!
//! Linked in the usual way, the system's loader would end a program without one of its libraries before its first line.
//! So this program has functions of its own by the names that the windowing library calls, each of them one jump to an
//! address; the linker takes those and asks for no library. [`load`] fills in the addresses, all or none, before a
//! window is opened, and never where none is.
//!
//! The names are those that the windowing library needs. One that is missing here makes the linker ask for the library
//! again, which a test of what is shipped would see.

#![allow(unsafe_code, reason = "functions of a library are looked up by their names")]

use std::{
    ffi::{CStr, c_void},
    sync::atomic::{AtomicPtr, Ordering},
};

/// It brings the two others along that it is made of.
const LIBRARY: &CStr = c"libwebkit2gtk-4.1.so.0";

/// The one jump.
#[cfg(target_arch = "x86_64")]
macro_rules! jump {
    ($name:ident) => {
        concat!("jmp qword ptr [rip + .Lplace_", stringify!($name), "]")
    };
}
#[cfg(target_arch = "aarch64")]
macro_rules! jump {
    ($name:ident) => {
        concat!(
            "adrp x16, .Lplace_",
            stringify!($name),
            "\n",
            "ldr x16, [x16, :lo12:.Lplace_",
            stringify!($name),
            "]\n",
            "br x16"
        )
    };
}

macro_rules! stand_in_for {
    ($($name:ident)*) => {
        /// The names, each with the zero at its end.
        const NAMES: &[&str] = &[$(concat!(stringify!($name), "\0")),*];

        std::arch::global_asm!(
            ".pushsection .bss.deskhand_stand_in,\"aw\",@nobits",
            ".balign 8",
            ".globl deskhand_stand_in",
            ".hidden deskhand_stand_in",
            "deskhand_stand_in:",
            ".popsection",
            $(concat!(
                ".pushsection .bss.deskhand_stand_in,\"aw\",@nobits\n",
                ".Lplace_", stringify!($name), ": .skip 8\n",
                ".popsection\n",
                ".pushsection .text.deskhand_stand_in,\"ax\",@progbits\n",
                ".globl ", stringify!($name), "\n",
                ".hidden ", stringify!($name), "\n",
                ".type ", stringify!($name), ",@function\n",
                stringify!($name), ":\n",
                jump!($name), "\n",
                ".popsection\n",
            )),*
        );
    };
}

unsafe extern "C" {
    /// The addresses, in the order of the names.
    #[link_name = "deskhand_stand_in"]
    static PLACES: [AtomicPtr<c_void>; NAMES.len()];
}

/// WebKitGTK is not there.
#[derive(Debug, thiserror::Error)]
#[error("no webview: {0}")]
pub(crate) struct NoWebkit(String);

/// Makes ready what showing a page needs.
///
/// # Errors
///
/// [`NoWebkit`]: the library is missing, or is another one than this program knows. Nothing that shows a page may be
/// called then.
pub(crate) fn load() -> Result<(), NoWebkit> {
    // SAFETY: the name ends with a zero; the library is one that the system's loader would have loaded for this program.
    let library = unsafe { libc::dlopen(LIBRARY.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
    if library.is_null() {
        return Err(NoWebkit(why()));
    }
    let mut found = [std::ptr::null_mut(); NAMES.len()];
    for (place, name) in found.iter_mut().zip(NAMES) {
        // SAFETY: the name ends with a zero.
        *place = unsafe { libc::dlsym(library, name.as_ptr().cast()) };
        if place.is_null() {
            return Err(NoWebkit(why()));
        }
    }
    // SAFETY: the table has a place for each name, and nobody else writes to it.
    let places = unsafe { &PLACES };
    for (place, found) in places.iter().zip(found) {
        place.store(found, Ordering::Release);
    }
    Ok(())
}

/// What the system's loader says about its last failure.
fn why() -> String {
    // SAFETY: what it gives is good until it is asked again, or null.
    unsafe {
        let said = libc::dlerror();
        if said.is_null() {
            "it is another one".to_owned()
        } else {
            CStr::from_ptr(said).to_string_lossy().into_owned()
        }
    }
}

stand_in_for! {
    jsc_value_get_type
    jsc_value_to_json
    jsc_value_to_string
    soup_cookie_free
    soup_cookie_get_domain
    soup_cookie_get_expires
    soup_cookie_get_http_only
    soup_cookie_get_name
    soup_cookie_get_path
    soup_cookie_get_same_site_policy
    soup_cookie_get_secure
    soup_cookie_get_value
    soup_cookie_new
    soup_cookie_set_expires
    soup_cookie_set_http_only
    soup_cookie_set_same_site_policy
    soup_cookie_set_secure
    soup_message_headers_append
    soup_message_headers_foreach
    soup_message_headers_new
    soup_message_headers_ref
    soup_message_headers_unref
    webkit_application_info_new
    webkit_application_info_set_name
    webkit_application_info_set_version
    webkit_application_info_unref
    webkit_automation_session_get_type
    webkit_automation_session_set_application_info
    webkit_autoplay_policy_get_type
    webkit_cookie_manager_add_cookie
    webkit_cookie_manager_add_cookie_finish
    webkit_cookie_manager_delete_cookie
    webkit_cookie_manager_delete_cookie_finish
    webkit_cookie_manager_get_all_cookies
    webkit_cookie_manager_get_all_cookies_finish
    webkit_cookie_manager_get_cookies
    webkit_cookie_manager_get_cookies_finish
    webkit_cookie_manager_get_type
    webkit_cookie_manager_set_persistent_storage
    webkit_download_cancel
    webkit_download_get_destination
    webkit_download_get_request
    webkit_download_get_type
    webkit_download_set_destination
    webkit_geolocation_permission_request_get_type
    webkit_get_major_version
    webkit_get_micro_version
    webkit_get_minor_version
    webkit_input_method_context_get_type
    webkit_input_method_context_set_enable_preedit
    webkit_javascript_result_get_js_value
    webkit_javascript_result_unref
    webkit_navigation_action_copy
    webkit_navigation_action_free
    webkit_navigation_action_get_request
    webkit_navigation_policy_decision_get_navigation_action
    webkit_navigation_policy_decision_get_type
    webkit_network_proxy_settings_free
    webkit_network_proxy_settings_new
    webkit_notification_permission_request_get_type
    webkit_permission_request_allow
    webkit_permission_request_deny
    webkit_permission_request_get_type
    webkit_pointer_lock_permission_request_get_type
    webkit_policy_decision_get_type
    webkit_policy_decision_ignore
    webkit_policy_decision_use
    webkit_print_operation_get_type
    webkit_print_operation_new
    webkit_print_operation_run_dialog
    webkit_security_manager_get_type
    webkit_security_manager_register_uri_scheme_as_secure
    webkit_settings_get_type
    webkit_settings_set_enable_back_forward_navigation_gestures
    webkit_settings_set_enable_developer_extras
    webkit_settings_set_enable_javascript
    webkit_settings_set_enable_page_cache
    webkit_settings_set_enable_webaudio
    webkit_settings_set_enable_webgl
    webkit_settings_set_javascript_can_access_clipboard
    webkit_settings_set_user_agent
    webkit_uri_request_get_http_headers
    webkit_uri_request_get_type
    webkit_uri_request_get_uri
    webkit_uri_scheme_request_finish_error
    webkit_uri_scheme_request_finish_with_response
    webkit_uri_scheme_request_get_http_body
    webkit_uri_scheme_request_get_http_headers
    webkit_uri_scheme_request_get_http_method
    webkit_uri_scheme_request_get_type
    webkit_uri_scheme_request_get_uri
    webkit_uri_scheme_request_get_web_view
    webkit_uri_scheme_response_get_type
    webkit_uri_scheme_response_new
    webkit_uri_scheme_response_set_content_type
    webkit_uri_scheme_response_set_http_headers
    webkit_uri_scheme_response_set_status
    webkit_user_content_manager_add_script
    webkit_user_content_manager_get_type
    webkit_user_content_manager_new
    webkit_user_content_manager_register_script_message_handler
    webkit_user_media_permission_request_get_type
    webkit_user_script_new
    webkit_user_script_unref
    webkit_web_context_get_security_manager
    webkit_web_context_get_type
    webkit_web_context_get_website_data_manager
    webkit_web_context_new_ephemeral
    webkit_web_context_register_uri_scheme
    webkit_web_context_set_automation_allowed
    webkit_web_context_set_use_system_appearance_for_scrollbars
    webkit_web_context_set_web_extensions_directory
    webkit_web_inspector_close
    webkit_web_inspector_get_type
    webkit_web_inspector_show
    webkit_web_view_get_context
    webkit_web_view_get_input_method_context
    webkit_web_view_get_inspector
    webkit_web_view_get_settings
    webkit_web_view_get_title
    webkit_web_view_get_type
    webkit_web_view_get_uri
    webkit_web_view_get_user_content_manager
    webkit_web_view_get_website_data_manager
    webkit_web_view_load_html
    webkit_web_view_load_request
    webkit_web_view_load_uri
    webkit_web_view_reload
    webkit_web_view_run_javascript
    webkit_web_view_run_javascript_finish
    webkit_web_view_set_background_color
    webkit_web_view_set_zoom_level
    webkit_website_data_manager_clear
    webkit_website_data_manager_clear_finish
    webkit_website_data_manager_get_cookie_manager
    webkit_website_data_manager_get_type
    webkit_website_data_manager_set_network_proxy_settings
    webkit_website_policies_get_type
}
