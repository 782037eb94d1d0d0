/**
 * The client of the Tech42 text-to-speech API; only this file knows the API.
 *
 * `GET /voices`, `POST /admin/voices` and `GET /admin/voices/{name}/download` are the API's published routes. Speech comes
 * from `POST /generate/stream`, which takes a script of lines `Speaker N: text` and one voice per speaker in their order,
 * and streams a 24 kHz mono 16-bit WAV (so its header may have no length). Earlier versions of the service call that route
 * too; the provider publishes no description of it.
 */
import * as z from "zod";
import { traceHeaders } from "./tracing.ts";

/** One voice of the API. */
export interface Voice {
    /** The id for `speaker_voices` and the download path. */
    id: string;
    /** The display name. */
    name: string;
}

/** The API's address and limits. */
export interface TtsOptions {
    /** Base address, for example `https://tts.example.com`; comes from the deployment's settings, never from a caller. */
    baseUrl: string;
    /** Milliseconds for one call, body included. Default 120 000. */
    timeoutMs?: number;
    /** Largest answer that is accepted, in bytes. Default 16 MiB. */
    maxBytes?: number;
}

/** The API refused, gave an invalid answer or did not answer. Never contains the key. */
export class TtsError extends Error {
    /** HTTP status of the answer; undefined without an answer. */
    readonly status: number | undefined;
    /** Seconds after which to try again, where the API says so. */
    readonly retryAfter: number | undefined;

    constructor(message: string, status?: number, options?: { retryAfter?: number; cause?: unknown }) {
        super(message, { cause: options?.cause });
        this.name = "TtsError";
        this.status = status;
        this.retryAfter = options?.retryAfter;
    }
}

const voiceEntry = z.union([
    z.string().min(1).max(200),
    z.object({
        id: z.string().max(200).optional(),
        voice_id: z.string().max(200).optional(),
        name: z.string().max(200).optional(),
    }),
]);
const voiceList = z.union([
    z.array(voiceEntry).max(2000),
    z.object({ voices: z.array(voiceEntry).max(2000) }).transform((list) => list.voices),
]);

/** A client of the API. Each call gets its key, since a person may use their own. */
export class TtsClient {
    readonly #options: Required<TtsOptions>;

    constructor(options: TtsOptions) {
        this.#options = { timeoutMs: 120_000, maxBytes: 16 * 1024 * 1024, ...options };
    }

    /** The voices that `key` may use. */
    async voices(key: string, signal?: AbortSignal): Promise<Voice[]> {
        const ask = () => this.#call("GET", "/voices", key, { signal });
        // A kept-alive connection may close at the moment of its reuse.
        const body = await ask().catch((error: TtsError) => {
            if (signal?.aborted || error.status !== undefined) {
                throw error;
            }
            return ask();
        });
        const parsed = voiceList.safeParse(parseJson(body));
        if (!parsed.success) {
            throw new TtsError("the TTS API's list of voices has an unknown shape");
        }
        return parsed.data.flatMap((entry) => {
            const id = typeof entry === "string" ? entry : (entry.id ?? entry.voice_id ?? entry.name);
            const name = typeof entry === "string" ? entry : (entry.name ?? id);
            return id && name ? [{ id, name }] : [];
        });
    }

    /** Speaks `text` with `voice`; returns the bytes of a WAV file (MP3 if the API is configured for it). */
    async speak(text: string, voice: string, key: string, signal?: AbortSignal): Promise<Buffer> {
        // One line: a line break inside the text would read as the next speaker's turn.
        const script = `Speaker 1: ${text.replace(/\s+/g, " ").trim()}`;
        return this.#call("POST", "/generate/stream", key, {
            signal,
            body: JSON.stringify({ script, speaker_voices: [voice], cfg_scale: 1.3 }),
        });
    }

    async #call(
        method: string,
        path: string,
        key: string,
        { signal, body }: { signal?: AbortSignal; body?: string },
    ): Promise<Buffer> {
        const deadline = AbortSignal.timeout(this.#options.timeoutMs);
        const base = this.#options.baseUrl.replace(/\/+$/, "");
        try {
            const response = await fetch(`${base}${path}`, {
                method,
                body,
                headers: {
                    authorization: `Bearer ${key}`,
                    ...(body === undefined ? {} : { "content-type": "application/json" }),
                    ...traceHeaders(),
                },
                redirect: "error", // a redirect could carry the key to another host
                signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
            });
            if (!response.ok) {
                await response.body?.cancel();
                throw new TtsError(`the TTS API answered ${response.status} to ${method} ${path}`, response.status, {
                    retryAfter: Number(response.headers.get("retry-after")) || undefined,
                });
            }
            return await readBounded(response, this.#options.maxBytes);
        } catch (error) {
            signal?.throwIfAborted();
            if (error instanceof TtsError) {
                throw error;
            }
            const why = deadline.aborted ? `no whole answer in ${this.#options.timeoutMs / 1000} s` : "no connection";
            throw new TtsError(`the TTS API failed at ${method} ${path}: ${why}`, undefined, { cause: error });
        }
    }
}

async function readBounded(response: Response, maxBytes: number): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
        size += chunk.byteLength;
        if (size > maxBytes) {
            throw new TtsError(`the TTS API's answer is larger than ${maxBytes} bytes`);
        }
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
}

function parseJson(bytes: Buffer): unknown {
    try {
        return JSON.parse(bytes.toString("utf8"));
    } catch {
        return undefined;
    }
}
