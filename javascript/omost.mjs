/**
 * Where a WebUI's page begins to be ours: nothing but a look at whether the accordion is opened, what its header has to say,
 * whether a job has ended, and a button of the settings. The rest is fetched then, from the extension's own routes, so that a page never mixes files of two versions.
 */

const FILES = "omost/v1/files/";
const PAUSE = 500; // milliseconds between two looks at widgets that change without telling

/** @param {string} name */
const fetched = (name) => import(new URL(FILES + name, document.baseURI).href);

/** @param {HTMLElement} mount */
function waitFor(mount) {
    const observer = new IntersectionObserver(async (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        try {
            const { start } = await fetched("webui_page.mjs");
            await start(mount, mount.dataset.tab);
        } catch (error) {
            mount.textContent = `Omost: ${error instanceof Error ? error.message : error}`;
            console.error("Omost cannot start in this page:", error);
        }
    });
    observer.observe(mount);
}

/**
 * Every host keeps the id of a tab's job in the browser while it runs, and shows other buttons for as long.
 * @param {string} tab
 */
function watchJobs(tab) {
    const buttons = document.querySelector(`#${tab}_interrupt`)?.parentElement;
    if (!buttons) return;
    const now = () => localStorage.getItem(`${tab}_task_id`);
    let running = now();
    const look = async () => {
        const ended = running;
        running = now();
        if (ended === running) return;
        const { jobBegins, jobEnds } = await fetched("told.mjs");
        if (running !== null) jobBegins(tab);
        if (ended !== null) jobEnds(tab, ended);
    };
    new MutationObserver(look).observe(buttons, { attributes: true, attributeFilter: ["style", "class"], subtree: true });
}

/**
 * The hosts' accordions with a switch are switched on by being opened, until their box is clicked: ours is opened to chat.
 * The event is no click that would switch anything.
 * @param {string} tab
 */
function unlink(tab) {
    document.querySelector(`#script_${tab}_omost_accordion-visible-checkbox`)?.dispatchEvent(new Event("click"));
}

/** @param {string} tab */
function watchHeader(tab) {
    const own = `#script_${tab}_omost`;
    const text = document.querySelector(`${own}_canvas textarea`);
    /** @type {HTMLElement | null} */
    const mount = document.querySelector(`.omost-mount[data-tab="${tab}"]`);
    const box = document.querySelector(`${own}_accordion-checkbox input, ${own}_enabled input`);
    if (!(text instanceof HTMLTextAreaElement) || !(box instanceof HTMLInputElement)) return;
    /** What alone is drawn, in img2img. @param {string} name */
    const partOf = (name) => /** @type {HTMLInputElement | null} */ (document.querySelector(`${own}_${name} :is(textarea, input)`))?.value ?? "";
    let seen = JSON.stringify({ text: "", isOn: false, from: "", redraw: "", place: "", wasRefused: false });
    setInterval(async () => {
        if (text.value !== JSON.parse(seen).text) delete mount?.dataset.refused;
        const { sent, from = "" } = text.dataset; // by the other tab: see webui.mjs
        const now = { text: text.value, isOn: box.checked, from: text.value && sent === text.value ? from : "", redraw: partOf("redraw"), place: partOf("place"), wasRefused: mount?.dataset.refused !== undefined };
        if (JSON.stringify(now) === seen) return;
        seen = JSON.stringify(now);
        (await fetched("header.mjs")).showHeader(tab, now);
    }, PAUSE);
}

/** The button on the page of settings. @param {Event} event */
async function installs(event) {
    const button = event.target instanceof Element ? event.target.closest(".omost-install") : null;
    if (button !== null) (await fetched("install.mjs")).install(button);
}

onUiLoaded(() => {
    document.addEventListener("click", installs);
    for (const mount of document.querySelectorAll(".omost-mount")) if (mount instanceof HTMLElement) waitFor(mount);
    for (const tab of ["txt2img", "img2img"]) {
        watchJobs(tab);
        unlink(tab);
        watchHeader(tab);
    }
});
