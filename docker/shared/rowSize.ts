/** A recorded call that fits into a row. */

/** DynamoDB takes 400 KB for an item, its attributes' names included; the rest of a row has far less than the difference. */
const MAX_BYTES = 390_000;

/** What stands in the place of a text that is too long: that it was cut, how long it was, and how it began. */
export interface Cut {
    cut: true;
    /** Of the whole, as JSON in UTF-8. */
    bytes: number;
    beginning: string;
}

/** The row as it is, or with its request and its response cut, so that the call is recorded in any case. */
export function fitToRow<Row extends { request: string; response: string }>(row: Row): Row {
    const { request, response } = row;
    if (Buffer.byteLength(request) + Buffer.byteLength(response) <= MAX_BYTES) {
        return row;
    }
    // The shorter one may leave room to the other.
    const half = MAX_BYTES / 2;
    const left = (other: string) => Math.max(half, MAX_BYTES - Buffer.byteLength(other));
    return { ...row, request: cut(request, left(response)), response: cut(response, left(request)) };
}

function cut(json: string, most: number): string {
    const bytes = Buffer.byteLength(json);
    if (bytes <= most) {
        return json;
    }
    for (let length = most; ; length = Math.floor(length / 2)) {
        const mark: Cut = { cut: true, bytes, beginning: json.slice(0, length) };
        const text = JSON.stringify(mark);
        if (Buffer.byteLength(text) <= most) {
            return text;
        }
    }
}
