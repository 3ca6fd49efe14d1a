/**
 * A region's reference picture: chosen or dropped here, kept by the server, and named by the canvas.
 * @import {Api, FormActions, References, Region} from "./types"
 */
import { button, element, setAttribute, setText, setTyped, setValue } from "./dom.mjs";
import { base64, pickFile, takeDropped } from "./files.mjs";
import { wordsOf } from "./guarded.mjs";
import { labelled } from "./place.mjs";
import { numberField, numberOf } from "./strength.mjs";
import { t } from "./strings.mjs";

const PICTURES = "image/png,image/jpeg,image/webp";

/**
 * @param {object} parts
 * @param {References} parts.references
 * @param {Pick<FormActions, "dress">} parts.actions
 */
export function createReference({ references, actions }) {
    /** @type {Region | null} */
    let region = null;
    const image = element("img", { class: "omost-reference-picture", alt: t("The region's reference picture"), onerror: () => tell(t("The reference picture is not on this server: choose it again.")) });
    const choose = button("add", t("Choose a picture"), () => void chosen(), true);
    const remove = button("remove", t("Remove the reference picture"), () => dress(null));
    const weight = numberField(2, 0.05, () => region?.reference && dress({ ...region.reference, weight: numberOf(weight) ?? 1 }));
    const weightRow = labelled(t("Weight of the picture (0 to 2)"), weight).root;
    const note = element("p", { class: "omost-note", role: "status" });
    const row = element("div", { class: "omost-reference" }, image, choose, remove, weightRow);
    const group = { class: "omost-labelled", role: "group", "aria-label": t("Reference picture"), onfocusin: () => void ask() };
    const root = element("div", group, element("span", { text: t("Reference picture") }), row, note);
    takeDropped(root, (files) => void (files[0] && take(files[0])));

    /** @param {Region} next */
    function update(next) {
        if (next.id !== region?.id || next.reference?.picture !== region.reference?.picture) tell("");
        region = next;
        const reference = next.reference ?? null;
        image.hidden = remove.hidden = weightRow.hidden = reference === null;
        if (reference !== null) setAttribute(image, "src", references.urlOf(reference.picture));
        showWeight(setTyped);
    }

    /** @param {(field: HTMLInputElement, value: string) => void} set */
    function showWeight(set) {
        set(weight, String(region?.reference?.weight ?? 1));
    }

    async function chosen() {
        const file = await pickFile(PICTURES);
        if (file !== null) await take(file);
    }

    /** The region that it was chosen for gets it, whatever is selected by then. @param {File} file */
    async function take(file) {
        if (!region || root.matches(":disabled *")) return;
        const { id, reference } = region;
        try {
            const picture = await references.keep(file);
            actions.dress(id, { reference: { ...reference, picture } });
            await ask();
        } catch (error) {
            tell(wordsOf(error));
        }
    }

    /** @param {Region["reference"] | null} reference */
    function dress(reference) {
        if (!region) return;
        actions.dress(region.id, { reference: reference ?? undefined });
        showWeight(setValue); // put right
        if (reference === null) choose.focus();
    }

    async function ask() {
        const reason = await references.reason().catch(() => ""); // a picture can be chosen without knowing
        if (region?.reference && reason) tell(reason);
    }

    /** @param {string} text */
    function tell(text) {
        setText(note, text);
        note.hidden = text === "";
    }

    tell("");
    return { root, update };
}

/** Where pictures are kept: by the server. @param {Api} api @returns {References} */
export function createReferences(api) {
    return {
        keep: async (file) => (await api.post("references", { picture: await base64(file) })).name,
        urlOf: (name) => api.urlOf(`references/${encodeURIComponent(name)}`),
        reason: async () => (await api.get("references")).reason,
    };
}
