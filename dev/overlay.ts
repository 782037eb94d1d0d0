/** The connection to the runtime: overlays that are sent replace the deployed code until the connection ends. */
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { createInterface, type Interface } from "node:readline";
import { OVERLAY_PATH, type Overlay, type OverlayAnswer } from "../local/runtime/overlay.ts";

/** An overlay can't be run; the previous one keeps running. */
export class OverlayError extends Error {
    override readonly name = "OverlayError";
}

export class OverlayConnection {
    readonly #request: ClientRequest;
    readonly #answers: AsyncIterator<string>;

    private constructor(call: ClientRequest, lines: Interface) {
        this.#request = call;
        this.#answers = lines[Symbol.asyncIterator]();
    }

    /**
     * @param control the runtime's control address
     * @param onEnd called when either side ends the connection
     */
    static async open(control: string, onEnd: () => void): Promise<OverlayConnection> {
        const call = request(`${control}${OVERLAY_PATH}`, { method: "POST", agent: false });
        const answer = await new Promise<IncomingMessage>((resolve, reject) => {
            call.once("response", resolve);
            call.once("error", reject);
            call.flushHeaders();
        });
        // The connection ends with the runtime, which is not an error here.
        call.on("error", () => undefined);
        answer.on("error", () => undefined);
        answer.once("close", onEnd);
        return new OverlayConnection(call, createInterface({ input: answer }));
    }

    /**
     * Replaces the previous overlay, and waits until the new one runs; one call at a time.
     *
     * @throws {OverlayError} when it can't be run
     */
    async send(overlay: Overlay): Promise<void> {
        this.#request.write(`${JSON.stringify(overlay)}\n`);
        const { value, done } = await this.#answers.next();
        if (done) {
            throw new OverlayError("The local cloud has stopped.");
        }
        const { problem } = JSON.parse(value) as OverlayAnswer;
        if (problem !== undefined) {
            throw new OverlayError(problem);
        }
    }

    close(): void {
        this.#request.destroy();
    }
}
