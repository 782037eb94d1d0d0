/**
 * MiniStack's security-group rules have no prefix lists. It keeps the id of one as an address that nobody has, which is
 * written back into the id in all that it says: `fd70:6c..` stands for `pl`, then come the length and the digits.
 */
const PREFIX = "fd706c";
const DIGITS = 24;

/** `pl-1a2b3c4d` as an address. */
export function addressOfPrefixList(id: string): string {
    const digits = id.replace(/^pl-/, "");
    const hex = PREFIX + digits.length.toString(16).padStart(2, "0") + digits.padEnd(DIGITS, "0");
    return `${hex.match(/.{4}/g)?.join(":")}/128`;
}

/** The ids back in the place of their addresses. */
export function withPrefixLists(text: string): string {
    return text.replaceAll(/\bfd70:6c([0-9a-f:]{32})\/128/g, (_, rest: string) => {
        const hex = rest.replaceAll(":", "");
        return `pl-${hex.slice(2, 2 + Number.parseInt(hex.slice(0, 2), 16))}`;
    });
}
