/* A program of the customer's, for the story under Wine: writes down what Windows' input queue brings it, and changes
 * its colour at each letter. Its first argument is the file to write. */
#define UNICODE
#include <stdio.h>
#include <windows.h>

static FILE *file;
static int letters;

static void mouse(const char *what, HWND window, LPARAM at) {
    POINT place = {(short)LOWORD(at), (short)HIWORD(at)};
    ClientToScreen(window, &place);
    fprintf(file, "%s %ld %ld\n", what, place.x, place.y);
    fflush(file);
}

static LRESULT CALLBACK serve(HWND window, UINT message, WPARAM wide, LPARAM at) {
    switch (message) {
    case WM_CHAR:
        fprintf(file, "unit %04x\n", (unsigned)wide);
        fflush(file);
        letters++;
        InvalidateRect(window, NULL, TRUE);
        return 0;
    case WM_LBUTTONDOWN:
        mouse("down", window, at);
        return 0;
    case WM_LBUTTONUP:
        mouse("up", window, at);
        return 0;
    case WM_ERASEBKGND: {
        RECT all;
        HBRUSH brush = CreateSolidBrush(letters % 2 ? RGB(20, 40, 160) : RGB(240, 180, 30));
        GetClientRect(window, &all);
        FillRect((HDC)wide, &all, brush);
        DeleteObject(brush);
        return 1;
    }
    case WM_DESTROY:
        PostQuitMessage(0);
        return 0;
    }
    return DefWindowProcW(window, message, wide, at);
}

int main(int count, char **words) {
    WNDCLASSW class = {.lpfnWndProc = serve, .hInstance = GetModuleHandleW(NULL), .lpszClassName = L"Witness"};
    MSG message;
    file = count > 1 ? fopen(words[1], "w") : NULL;
    if (!file || !RegisterClassW(&class)) {
        return 1;
    }
    CreateWindowExW(0, L"Witness", L"Customer program", WS_OVERLAPPEDWINDOW | WS_VISIBLE, 60, 300, 500, 260, NULL, NULL,
                    class.hInstance, NULL);
    while (GetMessageW(&message, NULL, 0, 0) > 0) {
        TranslateMessage(&message);
        DispatchMessageW(&message);
    }
    return 0;
}
