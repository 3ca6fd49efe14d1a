/**
 * The code of the canvas: a text field with line numbers, the lines that cannot be used marked, and what is wrong there.
 * @import {Problem} from "./types"
 */
import { element, fill, setAttribute } from "./dom.mjs";
import { t } from "./strings.mjs";

const PAUSE = 400; // milliseconds without a key before the text is handed over

/** @param {{onText: (text: string) => void}} parts */
export function createCode({ onText }) {
    const gutter = element("div", { class: "omost-gutter", "aria-hidden": "true" });
    const messages = element("ul", { class: "omost-problems", id: `omost-problems-${crypto.getRandomValues(new Uint32Array(1))[0]}` });
    const area = element("textarea", {
        class: "omost-code", wrap: "off", rows: 14, spellcheck: "false", autocapitalize: "off", autocomplete: "off",
        "aria-label": t("Code of the canvas"), "aria-describedby": messages.id, oninput: onInput, onblur: handOver, onscroll: followScroll,
        onkeydown: (event) => event.key === "Escape" && event.stopPropagation(),
    });
    const count = element("span", { class: "omost-count", hidden: true });
    const root = element(
        "details", { class: "omost-code-view" },
        element("summary", {}, t("Code"), " ", count),
        element("div", { class: "omost-code-frame" }, gutter, area), messages,
    );
    messages.setAttribute("aria-live", "polite");
    root.addEventListener("toggle", drawGutter);

    /** @type {Problem[]} */
    let problems = [];
    /** @type {ReturnType<typeof setTimeout> | null} */
    let pause = null;
    drawGutter();

    /** @param {string} code @param {Problem[]} found */
    function setCode(code, found) {
        if (pause !== null && area.value !== code) return; // what was typed meanwhile is newer
        const atEnd = area.scrollTop + area.clientHeight >= area.scrollHeight - 4;
        if (area.value !== code) area.value = code;
        if (area.readOnly && atEnd) area.scrollTop = area.scrollHeight; // follow what is being written
        problems = found;
        drawGutter();
        drawMessages();
    }

    function onInput() {
        if (pause !== null) clearTimeout(pause);
        pause = setTimeout(handOver, PAUSE);
        drawGutter();
    }

    function handOver() {
        if (pause === null) return;
        clearTimeout(pause);
        pause = null;
        onText(area.value);
    }

    function drawGutter() {
        const lines = area.value.split("\n").length;
        const wrong = new Set(problems.map((problem) => problem.line));
        while (gutter.children.length > lines) gutter.lastElementChild?.remove();
        while (gutter.children.length < lines) gutter.append(element("span", { text: gutter.children.length + 1 }));
        for (let line = 1; line <= lines; line++) setAttribute(gutter.children[line - 1], "data-wrong", wrong.has(line));
        followScroll();
    }

    function followScroll() {
        gutter.style.transform = `translateY(${-area.scrollTop}px)`;
    }

    function drawMessages() {
        messages.replaceChildren(...problems.map((problem) => {
            const { line, message, expected } = problem;
            const text = expected ? t("Line {line}: {message}. Expected: {expected}") : t("Line {line}: {message}");
            const go = element("button", { type: "button", dir: "auto", text: fill(text, { line, message, expected: expected ?? "" }), onclick: () => goTo(line) });
            return element("li", {}, go);
        }));
        setAttribute(area, "aria-invalid", problems.length > 0 ? "true" : null);
        count.hidden = problems.length === 0;
        count.textContent = String(problems.length);
        setAttribute(count, "aria-label", fill(t("Problems: {count}"), { count: problems.length }));
        setAttribute(count, "role", "img");
    }

    /** @param {number} line */
    function goTo(line) {
        const lines = area.value.split("\n");
        const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
        area.focus();
        area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
        area.scrollTop = (line - 3) * (area.scrollHeight / lines.length);
    }

    /** @param {boolean} locked */
    function lock(locked) {
        area.readOnly = locked;
    }

    return { root, setCode, lock };
}
