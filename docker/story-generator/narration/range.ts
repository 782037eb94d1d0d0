/** Byte ranges, which browsers request when a person seeks. */
import { parse } from "range-parser";

/** The answer: the whole file, a part (both ends included), or an unsatisfiable range. */
export type Range = { kind: "whole" } | { kind: "part"; start: number; end: number } | { kind: "none" };

const MALFORMED = 1;

/** Parses a `Range` header for a file of `size` bytes. Several ranges, or another unit, get the whole file. */
export function parseRange(header: string | undefined, size: number): Range {
    const { code, type, ranges } = parse(size, header ?? "");
    if (type !== "bytes" || code & MALFORMED || ranges.length > 1) {
        return { kind: "whole" };
    }
    const [part] = ranges;
    return part ? { kind: "part", start: part.start, end: part.end } : { kind: "none" };
}
