/** The Tech42 text-to-speech API on the wire. */
import type { Exchange } from "./exchange.ts";
import { speak, wav } from "./speech.ts";

const BUILT_IN = [
    { id: "en-Alice_woman", name: "Alice", language: "en", gender: "female" },
    { id: "en-Carter_man", name: "Carter", language: "en", gender: "male" },
    { id: "en-Frank_man", name: "Frank", language: "en", gender: "male" },
    { id: "en-Maya_woman", name: "Maya", language: "en", gender: "female" },
    { id: "in-Samuel_man", name: "Samuel", language: "en", gender: "male" },
    { id: "en-Mary_woman_bgm", name: "Mary", language: "en", gender: "female" },
];

/** 24 kHz, mono, 16 bit. */
const BYTES_PER_MS = 48;
/** Bytes of one write: about 1.4 s of speech, like a server that streams while it speaks. */
const PIECE_BYTES = 64 * 1024;

interface SpeechRequest {
    script?: unknown;
    speaker_voices?: unknown;
}

/** Stores uploaded voices. */
export class SpeechApi {
    readonly #uploaded = new Map<string, Buffer>();

    async answer(exchange: Exchange): Promise<void> {
        const { method, path, fault } = exchange;
        const key = /^Bearer (.+)$/.exec(exchange.headers.authorization ?? "")?.[1];
        if (!key || /invalid/i.test(key)) {
            await exchange.sendJson(401, { detail: "Invalid or missing API key" });
        } else if (fault?.kind === "throttle") {
            const wait: Record<string, string> = { "retry-after": String(fault.retryAfter ?? 1) };
            await exchange.sendJson(429, { detail: fault.message ?? "Rate limit exceeded" }, wait);
        } else if (fault?.kind === "refuse") {
            await exchange.sendJson(422, { detail: fault.message ?? "The text cannot be spoken" });
        } else if (fault?.kind === "error") {
            await exchange.sendJson(fault.status ?? 503, { detail: fault.message ?? "The model is not loaded" });
        } else if (method === "GET" && path === "/voices") {
            await this.#list(exchange);
        } else if (method === "POST" && path === "/admin/voices") {
            await this.#upload(exchange);
        } else if (method === "GET" && /^\/admin\/voices\/[^/]+\/download$/.test(path)) {
            await this.#download(exchange, decodeURIComponent(path.split("/")[3] ?? ""));
        } else if (method === "POST" && path === "/generate/stream") {
            await this.#speak(exchange);
        } else {
            await exchange.sendJson(404, { detail: "Not Found" });
        }
    }

    async #list(exchange: Exchange): Promise<void> {
        if (exchange.fault?.kind === "nonsense") {
            await exchange.sendJson(200, { voices: "many" });
            return;
        }
        const uploaded = [...this.#uploaded.keys()].map((name) => ({
            id: name,
            name,
            language: "en",
            gender: "unknown",
        }));
        await exchange.sendJson(200, { voices: exchange.fault?.kind === "empty" ? [] : [...BUILT_IN, ...uploaded] });
    }

    async #upload(exchange: Exchange): Promise<void> {
        const { body, headers } = exchange;
        const form = await new Response(new Uint8Array(body), {
            headers: { "content-type": headers["content-type"] ?? "" },
        })
            .formData()
            .catch(() => undefined);
        const file = form?.get("file");
        const name = form?.get("name");
        if (!(file instanceof File) || typeof name !== "string" || !/^[\w-]{1,100}$/.test(name)) {
            await exchange.sendJson(422, {
                detail: "A multipart body with `file` and `name` (letters, digits, _ and -) is required",
            });
            return;
        }
        this.#uploaded.set(name, Buffer.from(await file.arrayBuffer()));
        await exchange.sendJson(201, { id: name, name, message: "Voice added" });
    }

    async #download(exchange: Exchange, name: string): Promise<void> {
        const uploaded = this.#uploaded.get(name);
        if (uploaded) {
            await exchange.send(200, { "content-type": "audio/wav" }, uploaded);
        } else if (BUILT_IN.some(({ id }) => id === name)) {
            await exchange.send(200, { "content-type": "audio/wav" }, wav(await speak("This is how I sound.", name)));
        } else {
            await exchange.sendJson(404, { detail: `There is no voice ${name}` });
        }
    }

    async #speak(exchange: Exchange): Promise<void> {
        const { script, speaker_voices: voices } = exchange.json() as SpeechRequest;
        const { fault } = exchange;
        if (typeof script !== "string" || !Array.isArray(voices)) {
            await exchange.sendJson(422, { detail: "`script` (text) and `speaker_voices` (list) are required" });
            return;
        }
        const turns = turnsOf(script, voices.map(String));
        const unknown = turns.find(({ voice }) => !voice || !this.#knows(voice));
        if (turns.length === 0 || unknown) {
            await exchange.sendJson(400, {
                detail: unknown ? `There is no voice ${unknown.voice}` : "The script has no lines `Speaker N: text`",
            });
            return;
        }
        if (fault?.kind === "nonsense" || fault?.kind === "empty") {
            const body =
                fault.kind === "empty"
                    ? wav(Buffer.alloc(0))
                    : "RIFFraff, not a sound at all, though long enough for a header";
            await exchange.send(200, { "content-type": "audio/wav" }, body);
            return;
        }
        const spoken = await Promise.all(turns.map(({ text, voice = "" }) => speak(text, voice)));
        const samples = Buffer.concat(spoken);
        exchange.used = { speech_ms: Math.round(samples.length / BYTES_PER_MS) };
        const whole =
            fault?.kind === "truncate"
                ? wav(samples).subarray(0, Math.floor(samples.length / 2))
                : wav(samples, { isStreamed: true });
        await exchange.send(200, { "content-type": "audio/wav" }, ...piecesOf(whole));
    }

    #knows(voice: string): boolean {
        return this.#uploaded.has(voice) || BUILT_IN.some(({ id }) => id === voice);
    }
}

function turnsOf(script: string, voices: string[]): { text: string; voice: string | undefined }[] {
    return [...script.matchAll(/^Speaker (\d+): *(.+)$/gm)].map(([, number, text = ""]) => ({
        text,
        voice: voices[Number(number) - 1],
    }));
}

function piecesOf(bytes: Buffer): Buffer[] {
    return Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, at) =>
        bytes.subarray(at * PIECE_BYTES, (at + 1) * PIECE_BYTES),
    );
}
