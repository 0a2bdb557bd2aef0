//! What a console asks of a relay for its customers' sake: builds of the helper, people who ask for help, and how the
//! company wants to be recognised.

use std::{io::Write, time::Duration};

use deskhand_protocol::{
    id::{RecordId, TemplateId},
    package::brand::Brand,
    template::{HelpRequest, HelpRequests, NewUpload, RequestAnswer, TemplateRecord, Templates, Upload},
};
use reqwest::{
    Method,
    header::{self, HeaderValue},
};
use sha2::{Digest as _, Sha256};

use super::http::{ConsoleHttp, HttpError};

/// Time for a whole template: the customer's program over a slow line.
const FILE_TIME: Duration = Duration::from_secs(600);
/// Time for one part of it, as long as the relay waits for a request.
const PART_TIME: Duration = Duration::from_secs(30);

impl ConsoleHttp {
    /// All templates.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn templates(&self) -> Result<Vec<TemplateRecord>, HttpError> {
        honest_all(self.get("templates").await?)
    }

    /// Says that this technician has been shown the templates in use.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn templates_seen(&self) -> Result<Vec<TemplateRecord>, HttpError> {
        honest_all(self.signed(Method::POST, "templates/seen", None::<&()>).await?)
    }

    /// Begins to upload a template.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`ErrorCode::TooLarge`](deskhand_protocol::error::ErrorCode::TooLarge).
    pub async fn begin_upload(&self, new: &NewUpload) -> Result<Upload, HttpError> {
        self.post("templates/uploads", new).await
    }

    /// Sends the part of a template that begins at byte `at`; the answer says where the next one begins.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`ErrorCode::NotFound`](deskhand_protocol::error::ErrorCode::NotFound) when the upload
    /// is no longer known.
    pub async fn upload_part(&self, id: TemplateId, at: u64, part: Vec<u8>) -> Result<Upload, HttpError> {
        let path = format!("templates/uploads/{id}?at={at}");
        let token = self.token().await?;
        let kind = HeaderValue::from_static("application/octet-stream");
        let request = self.request(Method::POST, &path).bearer_auth(&token);
        self.ask(request.header(header::CONTENT_TYPE, kind).timeout(PART_TIME).body(part)).await
    }

    /// Finishes an upload: the relay reads the file through and puts it in use.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`ErrorCode::Malformed`](deskhand_protocol::error::ErrorCode::Malformed) and the
    /// sentence of a [`TemplateFault`](deskhand_protocol::template::TemplateFault) when it is no such program.
    pub async fn finish_upload(&self, id: TemplateId) -> Result<TemplateRecord, HttpError> {
        honest(self.signed(Method::POST, &format!("templates/uploads/{id}/finish"), None::<&()>).await?)
    }

    /// Puts an earlier template back in use.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn use_template(&self, id: TemplateId) -> Result<TemplateRecord, HttpError> {
        honest(self.signed(Method::POST, &format!("templates/{id}/use"), None::<&()>).await?)
    }

    /// Writes a template's file, and checks that it is the one with that hash.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; [`HttpError::NotARelay`] when something else came. What was written is then of no use.
    pub async fn fetch_template(
        &self,
        template: &TemplateRecord,
        into: &mut (dyn Write + Send),
    ) -> Result<(), HttpError> {
        let token = self.token().await?;
        let request = self.request(Method::GET, &format!("templates/{}/file", template.id)).bearer_auth(&token);
        let mut response = request.timeout(FILE_TIME).send().await.map_err(|_| HttpError::Unreachable)?;
        if !response.status().is_success() {
            return self
                .ask::<()>(self.request(Method::GET, "me").bearer_auth(&token))
                .await
                .and(Err(HttpError::NotARelay));
        }
        let (mut hash, mut size) = (Sha256::new(), 0_u64);
        while let Some(chunk) = response.chunk().await.map_err(|_| HttpError::Unreachable)? {
            size = size.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if size > template.size {
                return Err(HttpError::NotARelay);
            }
            hash.update(&chunk);
            into.write_all(&chunk).map_err(|error| HttpError::NotWritten(error.to_string()))?;
        }
        let whole = hash.finalize().as_slice() == template.sha256.as_bytes().as_slice();
        if whole { Ok(()) } else { Err(HttpError::NotARelay) }
    }

    /// Requests for help that wait.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn requests(&self) -> Result<Vec<HelpRequest>, HttpError> {
        self.get::<HelpRequests>("requests").await.map(|list| list.requests)
    }

    /// Takes a request up, or puts it aside; gives those that still wait.
    ///
    /// # Errors
    ///
    /// [`HttpError`]; refused with [`ErrorCode::NotFound`](deskhand_protocol::error::ErrorCode::NotFound) when somebody
    /// else was faster.
    pub async fn answer_request(&self, id: RecordId, answer: &RequestAnswer) -> Result<Vec<HelpRequest>, HttpError> {
        self.post::<_, HelpRequests>(&format!("requests/{id}/answer"), answer).await.map(|list| list.requests)
    }

    /// How the company wants to be recognised.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn brand(&self) -> Result<Brand, HttpError> {
        self.get("brand").await
    }

    /// Changes how the company wants to be recognised.
    ///
    /// # Errors
    ///
    /// [`HttpError`].
    pub async fn set_brand(&self, brand: &Brand) -> Result<Brand, HttpError> {
        self.post("brand", brand).await
    }
}

/// A template whose two forms of the hash are one: people compare the text, files are checked against the bytes.
fn honest(template: TemplateRecord) -> Result<TemplateRecord, HttpError> {
    if template.sha256_hex == template.sha256.hex() { Ok(template) } else { Err(HttpError::NotARelay) }
}

fn honest_all(list: Templates) -> Result<Vec<TemplateRecord>, HttpError> {
    list.templates.into_iter().map(honest).collect()
}
