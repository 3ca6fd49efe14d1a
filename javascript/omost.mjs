/**
 * Where a WebUI's page begins to be ours: nothing but a look at whether the accordion is opened. The rest is fetched
 * then, from the extension's own routes, so that a page never mixes files of two versions.
 */

const MODULE = "omost/v1/files/webui_page.mjs";

/** @param {HTMLElement} mount */
function waitFor(mount) {
    const observer = new IntersectionObserver(async (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        try {
            const { start } = await import(new URL(MODULE, document.baseURI).href);
            await start(mount, mount.dataset.tab);
        } catch (error) {
            mount.textContent = `Omost: ${error instanceof Error ? error.message : error}`;
            console.error("Omost cannot start in this page:", error);
        }
    });
    observer.observe(mount);
}

onUiLoaded(() => {
    for (const mount of document.querySelectorAll(".omost-mount")) if (mount instanceof HTMLElement) waitFor(mount);
});
