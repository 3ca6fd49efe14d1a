/**
 * Where a WebUI's page begins to be ours: nothing but a look at whether the accordion is opened, and whether a job has
 * ended. The rest is fetched then, from the extension's own routes, so that a page never mixes files of two versions.
 */

const FILES = "omost/v1/files/";

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
        if (running !== null) jobBegins();
        if (ended !== null) jobEnds(tab, ended);
    };
    new MutationObserver(look).observe(buttons, { attributes: true, attributeFilter: ["style", "class"], subtree: true });
}

onUiLoaded(() => {
    for (const mount of document.querySelectorAll(".omost-mount")) if (mount instanceof HTMLElement) waitFor(mount);
    for (const tab of ["txt2img", "img2img"]) watchJobs(tab);
});
