/** Cuts a recorded call to the size of a DynamoDB item. */

/** DynamoDB limits an item to 400 KB, attribute names included; a row's other attributes need far less than the difference. */
const MAX_BYTES = 390_000;

/** Replaces a text that is too long: marks it as cut, with its size and its beginning. */
export interface Cut {
    cut: true;
    /** Size of the whole text, as JSON in UTF-8. */
    bytes: number;
    beginning: string;
}

/** The row, with request and response cut where needed, so that the call is recorded in any case. */
export function fitToRow<Row extends { request: string; response: string }>(row: Row): Row {
    const { request, response } = row;
    if (Buffer.byteLength(request) + Buffer.byteLength(response) <= MAX_BYTES) {
        return row;
    }
    // The shorter of the two may leave room for the other.
    const half = MAX_BYTES / 2;
    const available = (other: string) => Math.max(half, MAX_BYTES - Buffer.byteLength(other));
    return { ...row, request: cut(request, available(response)), response: cut(response, available(request)) };
}

function cut(json: string, maxBytes: number): string {
    const bytes = Buffer.byteLength(json);
    if (bytes <= maxBytes) {
        return json;
    }
    for (let length = maxBytes; ; length = Math.floor(length / 2)) {
        const mark: Cut = { cut: true, bytes, beginning: json.slice(0, length) };
        const text = JSON.stringify(mark);
        if (Buffer.byteLength(text) <= maxBytes) {
            return text;
        }
    }
}
