/** Paths that the gateway itself answers, for tests and people: its health, sent mails, and the clock. */
import type { ServerResponse } from "node:http";
import { z } from "zod";
import { sendJson } from "../http.ts";
import type { Emulator } from "./emulator.ts";
import { mailsOf } from "./mails.ts";
import type { RequestHead } from "./request.ts";

const clockSchema = z.object({ seconds: z.number() });

/**
 * - `GET /_gateway/health`: whether the gateway runs, regardless of MiniStack.
 * - `GET /_gateway/mails`: the last mail to each address, as a list of {@link Mail}.
 * - `POST /_gateway/clock` with `{"seconds": 60}`: advances the time by which things expire.
 */
export function answerControl(
    { method, path }: RequestHead,
    body: Buffer,
    response: ServerResponse,
    emulator: Emulator,
): void {
    switch (`${method} ${path}`) {
        case "GET /_gateway/health":
            sendJson(response, 200, {}, {});
            break;
        case "GET /_gateway/mails":
            sendJson(response, 200, mailsOf(emulator), {});
            break;
        case "POST /_gateway/clock":
            setClock(body.toString(), response, emulator);
            break;
        default:
            sendJson(response, 404, { message: `There is no ${method} ${path}` }, {});
    }
}

function setClock(text: string, response: ServerResponse, emulator: Emulator): void {
    const wanted = clockSchema.safeParse(parsed(text));
    if (!wanted.success) {
        sendJson(response, 400, { message: 'Say by how much: {"seconds": 60}' }, {});
        return;
    }
    emulator.setAhead(wanted.data.seconds * 1000);
    response.writeHead(204).end();
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
