/** Where this machine answers for the addresses that a deployment tells. */
import { gatewayAddress } from "../runtime/upstreamSettings.ts";

export interface Places {
    /** The emulator's address. */
    emulator: string;
    /** The site's address here; undefined when what is deployed does not run. */
    site: string | undefined;
    /** The stack's outputs. */
    outputs: Record<string, unknown>;
}

/** A text with the addresses of AWS in it as they can be opened here: names that the emulator made up are nobody's, or somebody else's. */
export function withLocalAddresses(text: string, { emulator, site, outputs }: Places): string {
    const api = /https:\/\/[\w-]+\.execute-api\.[\w.-]+\.amazonaws\.com\/[\w-]+/g;
    const ofSite = [outputs.website_url, `https://${outputs.cloudfront_domain_name}`].filter(
        (address): address is string => typeof address === "string" && address.startsWith("https://"),
    );
    const opened = text.replaceAll(api, (address) => gatewayAddress(address, emulator));
    return site === undefined ? opened : ofSite.reduce((said, address) => said.replaceAll(address, site), opened);
}
