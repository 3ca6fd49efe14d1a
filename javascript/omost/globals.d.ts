/** What a host's page gives to every script. */

declare function onUiLoaded(callback: () => void): void;
declare function gradioApp(): Document | Element;

interface Window {
    /** Words of the page's language by the English ones. */
    localization?: Record<string, string>;
}
