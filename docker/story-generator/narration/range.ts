/** Byte ranges as browsers ask for them when a person seeks. */

/** What to answer: all of it, a part (both ends included), or that there is no such part. */
export type Range = { kind: "whole" } | { kind: "part"; start: number; end: number } | { kind: "none" };

/** Reads a `Range` header for a file of `size` bytes. Several ranges, or another unit, get the whole file. */
export function parseRange(header: string | undefined, size: number): Range {
    const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
    if (!match || (match[1] === "" && match[2] === "")) {
        return { kind: "whole" };
    }
    const [, from = "", to = ""] = match;
    if (from === "") {
        const length = Math.min(Number(to), size);
        return length > 0 ? { kind: "part", start: size - length, end: size - 1 } : { kind: "none" };
    }
    const start = Number(from);
    const end = to === "" ? size - 1 : Math.min(Number(to), size - 1);
    if (to !== "" && Number(to) < start) {
        return { kind: "whole" };
    }
    return start < size ? { kind: "part", start, end } : { kind: "none" };
}
