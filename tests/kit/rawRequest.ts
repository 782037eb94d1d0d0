/** Requests with headers that `fetch` forbids but browsers or proxies send. */
import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";

export interface Answered {
    status: number;
    headers: IncomingHttpHeaders;
    text: string;
}

export async function askAs(
    url: string,
    method: string,
    headers: Record<string, string>,
    body?: string,
): Promise<Answered> {
    const asked = request(url, { method, headers, agent: false });
    asked.end(body);
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) };
}
