/**
 * A job that Omost ends tells why below the gallery, where a long page hides it: show it as a toast too.
 * Both hosts write the reason as <div class="error"> into #html_log_txt2img or #html_log_img2img.
 */
const OMOST_TOAST_SECONDS = 12;

/** The reason in `log`, without the name of the exception; null when Omost is not to blame. @param {Element} log */
function omostReason(log) {
    const text = log.querySelector(".error")?.textContent ?? "";
    const match = /^(OmostError|BadInputError|CanvasError|ModelError): ([^]*)$/.exec(text.trim());
    return match ? match[2] : null;
}

/** @param {string} reason */
function omostToast(reason) {
    document.querySelector(".omost-toast")?.remove();
    const toast = document.createElement("div");
    toast.className = "omost-toast";
    toast.setAttribute("role", "alert");
    const close = document.createElement("button");
    close.type = "button";
    close.setAttribute("aria-label", "Close");
    close.textContent = "×";
    close.addEventListener("click", () => toast.remove());
    const words = document.createElement("span");
    words.textContent = reason.startsWith("Omost") ? reason : `Omost: ${reason}`; // text, whatever a canvas holds
    toast.append(words, close);
    document.body.append(toast);
    setTimeout(() => toast.remove(), OMOST_TOAST_SECONDS * 1000);
}

/** @param {Element} log */
function omostWatch(log) {
    let seen = log.textContent;
    new MutationObserver(() => {
        const reason = omostReason(log);
        if (reason !== null && log.textContent !== seen) omostToast(reason); // the time taken tells two runs apart
        seen = log.textContent;
    }).observe(log, { childList: true, subtree: true, characterData: true });
}

onUiLoaded(() => {
    for (const tab of ["txt2img", "img2img"]) {
        const log = gradioApp().querySelector(`#html_log_${tab}`);
        if (log) omostWatch(log);
    }
});
