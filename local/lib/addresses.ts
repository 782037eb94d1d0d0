/** Replaces the addresses in a deployment's outputs by local ones. */
import { gatewayAddress } from "../runtime/upstreamSettings.ts";

export interface Places {
    /** The emulator's address. */
    emulator: string;
    /** The site's local address; undefined when the runtime does not run. */
    site: string | undefined;
    /** The stack's outputs. */
    outputs: Record<string, unknown>;
}

/** Replaces AWS addresses in a text by local ones: the emulator's host names are made up, so they are unused or somebody else's. */
export function withLocalAddresses(text: string, { emulator, site, outputs }: Places): string {
    const api = /https:\/\/[\w-]+\.execute-api\.[\w.-]+\.amazonaws\.com\/[\w-]+/g;
    const ofSite = [outputs.website_url, `https://${outputs.cloudfront_domain_name}`].filter(
        (address): address is string => typeof address === "string" && address.startsWith("https://"),
    );
    const opened = text.replaceAll(api, (address) => gatewayAddress(address, emulator));
    return site === undefined ? opened : ofSite.reduce((out, address) => out.replaceAll(address, site), opened);
}
