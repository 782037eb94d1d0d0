/** The connection to what runs the deployment: what it is told takes the place of what is deployed, and goes with the connection. */
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { createInterface, type Interface } from "node:readline";
import { OVERLAY_PATH, type Overlay, type OverlayAnswer } from "../local/runtime/overlay.ts";

/** What was sent can't be run: what ran before does. */
export class OverlayError extends Error {
    override readonly name = "OverlayError";
}

export class OverlayConnection {
    readonly #request: ClientRequest;
    readonly #answers: AsyncIterator<string>;

    private constructor(asked: ClientRequest, lines: Interface) {
        this.#request = asked;
        this.#answers = lines[Symbol.asyncIterator]();
    }

    /**
     * @param control the runtime's address for whoever deploys
     * @param onEnd is called when the connection ends, whoever ended it
     */
    static async open(control: string, onEnd: () => void): Promise<OverlayConnection> {
        const asked = request(`${control}${OVERLAY_PATH}`, { method: "POST", agent: false });
        const answer = await new Promise<IncomingMessage>((resolve, reject) => {
            asked.once("response", resolve);
            asked.once("error", reject);
            asked.flushHeaders();
        });
        // It ends with the runtime, which is no fault of this one.
        asked.on("error", () => undefined);
        answer.on("error", () => undefined);
        answer.once("close", onEnd);
        return new OverlayConnection(asked, createInterface({ input: answer }));
    }

    /**
     * Has an overlay in the place of the one before, and waits until it runs; one after the other.
     *
     * @throws {OverlayError} when it can't be run
     */
    async lay(overlay: Overlay): Promise<void> {
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
