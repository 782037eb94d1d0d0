/**
 * MiniStack's security-group rules have no prefix lists. The id of a prefix list is stored as an unused address, which is
 * converted back to the id in all answers: `fd70:6c..` stands for `pl`, followed by the length and the digits.
 */
const PREFIX = "fd706c";
const DIGITS = 24;

/** The address for a prefix list such as `pl-1a2b3c4d`. */
export function addressOfPrefixList(id: string): string {
    const digits = id.replace(/^pl-/, "");
    const hex = PREFIX + digits.length.toString(16).padStart(2, "0") + digits.padEnd(DIGITS, "0");
    return `${hex.match(/.{4}/g)?.join(":")}/128`;
}

/** Replaces the addresses in a text by their ids. */
export function withPrefixLists(text: string): string {
    return text.replaceAll(/\bfd70:6c([0-9a-f:]{32})\/128/g, (_, rest: string) => {
        const hex = rest.replaceAll(":", "");
        return `pl-${hex.slice(2, 2 + Number.parseInt(hex.slice(0, 2), 16))}`;
    });
}
