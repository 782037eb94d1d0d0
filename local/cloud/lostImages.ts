import type { StoredResource } from "./storedState.ts";

/** The outputs of docker-build for an image that it pushed. */
interface PushedImage {
    digest?: string;
    exports?: { registry?: { names?: string[] } }[];
}

/** The URNs of images that the emulator's registry has lost, which a refresh by their provider does not notice. */
export async function lostImages(resources: readonly StoredResource[]): Promise<string[]> {
    const images = resources.filter(({ type }) => type === "docker-build:index:Image");
    const there = await Promise.all(images.map(({ outputs }) => isInRegistry(outputs as PushedImage)));
    return images.filter((_, index) => !there[index]).map(({ urn }) => urn);
}

/** An image that can't be checked counts as lost: pushing an image that exists changes nothing. */
async function isInRegistry(outputs: PushedImage | undefined): Promise<boolean> {
    const [host, ...repository] = outputs?.exports?.[0]?.registry?.names?.[0]?.split("/") ?? [];
    if (!host) {
        return false;
    }
    const address = `http://${host}/v2/${repository.join("/")}/manifests/${outputs?.digest}`;
    return await fetch(address, { method: "HEAD" }).then(
        ({ ok }) => ok,
        () => false,
    );
}
