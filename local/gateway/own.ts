/** What the gateway answers itself: what AWS does by mail and by time, for a person who tries it and for tests. */
import type { ServerResponse } from "node:http";
import { sendJson } from "../runtime/http.ts";
import type { Emulator } from "./emulator.ts";
import type { RequestHead } from "./request.ts";

/**
 * - `POST /_gateway/clock` with `{"seconds": 60}` sets the time for what runs out ahead by so much more.
 */
export async function answerOwn(
    { method, path }: RequestHead,
    body: Buffer,
    response: ServerResponse,
    emulator: Emulator,
): Promise<void> {
    if (`${method} ${path}` === "POST /_gateway/clock") {
        const { seconds } = JSON.parse(body.toString());
        emulator.setAhead(seconds * 1000);
        response.writeHead(204).end();
    } else {
        sendJson(response, 404, { message: `There is no ${path}` }, {});
    }
}
