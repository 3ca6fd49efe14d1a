/**
 * Where reference pictures are kept: by the server, under names that are the same for the same picture.
 * @import {References} from "./types"
 */
import { base64 } from "./files.mjs";

/** @param {ReturnType<typeof import("./api.mjs").createApi>} api @returns {References} */
export function createReferences(api) {
    return {
        keep: async (file) => (await api.post("references", { picture: await base64(file) })).name,
        urlOf: (name) => api.urlOf(`references/${encodeURIComponent(name)}`),
        reason: async () => (await api.get("references")).reason,
    };
}
