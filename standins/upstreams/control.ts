/** Sets faults and reads recorded requests: in the same process, or over HTTP under `/_control`. */
import { z } from "zod";
import type { Exchange } from "./exchange.ts";
import { type Fault, type FaultInput, Faults, type Upstream } from "./faults.ts";
import { type FindGuardrail, guardrailsOf } from "./guardrails/definition.ts";
import { type FindInferenceProfile, inferenceProfilesOf } from "./inferenceProfiles.ts";
import { type ModelServer, modelServerSchema } from "./model/modelServer.ts";

export const CONTROL_PATH = "/_control";

/** Recorded requests; the oldest are dropped. */
const MAX_REQUESTS = 2_000;

/** Longer texts are not recorded, so that pictures in requests don't fill the memory. */
const MAX_FIELD_CHARACTERS = 20_000;

export interface RecordedRequest {
    upstream: Upstream;
    method: string;
    path: string;
    protocol: "HTTP/1.1" | "HTTP/2";
    headers: Record<string, string>;
    /** Parsed if it is JSON, else text; long texts (pictures) as `(N characters)`. */
    body: unknown;
    /** Milliseconds since 1970. */
    at: number;
    fault?: Fault;
    /** HTTP status of the answer, once there is one. */
    status?: number;
    /** The answer, if it is JSON; for a stream of events their combined content. Shortened like `body`. */
    answer?: unknown;
    /** The duration of the answer. */
    milliseconds?: number;
}

export interface Control {
    /** Answers in place of the made-up model. */
    modelServer: ModelServer | undefined;
    /** The address of Bedrock's control plane besides models. */
    controlPlane: string | undefined;
    /** Finds the guardrails that calls name. Default: finds none. */
    findGuardrail: FindGuardrail;
    /** Finds the application inference profiles that calls name. Default: finds none. */
    findInferenceProfile: FindInferenceProfile;
    /** Sets a fault. Throws when it is invalid. */
    fault(fault: FaultInput): Fault;
    faults(): (Fault & { happened: number })[];
    /** Removes the faults of one upstream, or all. */
    heal(upstream?: Upstream): void;
    /** Removes all faults and recorded requests. */
    reset(): void;
    requests(upstream?: Upstream): RecordedRequest[];
    /** The usage in complete answers since the last reset. */
    usage(): Record<string, number>;
    /** Adds an answer's usage. */
    count(exchange: Exchange): void;
    /** Records the request and sets its fault, if one is due. */
    record(upstream: Upstream, exchange: Exchange): RecordedRequest;
}

export function newControl(): Control {
    const faults = new Faults();
    let kept: RecordedRequest[] = [];
    let used: Record<string, number> = {};
    return {
        modelServer: undefined,
        controlPlane: undefined,
        findGuardrail: async () => undefined,
        findInferenceProfile: async () => undefined,
        fault: (input) => faults.add(input),
        faults: () => faults.list(),
        heal: (upstream) => faults.clear(upstream),
        reset: () => {
            faults.clear();
            kept = [];
            used = {};
        },
        requests: (upstream) => kept.filter((request) => !upstream || request.upstream === upstream),
        usage: () => ({ ...used }),
        count: (exchange) => {
            for (const [name, count] of Object.entries(exchange.isWhole ? (exchange.used ?? {}) : {})) {
                used[name] = (used[name] ?? 0) + count;
            }
        },
        record: (upstream, exchange) => {
            const text = exchange.body.toString("utf8");
            exchange.fault = faults.next(upstream, exchange.path, text);
            const { method, path, protocol, headers, fault } = exchange;
            const request = { upstream, method, path, protocol, headers, body: shortened(text), at: Date.now(), fault };
            kept.push(request);
            if (kept.length > MAX_REQUESTS) {
                kept.shift();
            }
            return request;
        },
    };
}

/** A text in its recorded form. */
export function shortened(text: string): unknown {
    const short = (value: string) => (value.length > MAX_FIELD_CHARACTERS ? `(${value.length} characters)` : value);
    try {
        return JSON.parse(text, (_key, value) => (typeof value === "string" ? short(value) : value));
    } catch {
        return short(text);
    }
}

/**
 * - `POST /_control` with a fault, a list of faults, or `{"reset": true}`
 * - `POST /_control` with `{"modelServer": {"url", "model"}}`, or null for none
 * - `POST /_control` with `{"controlPlane": URL}`, that of Bedrock, with the guardrails and the inference profiles
 * - `GET /_control`: the faults and how often each happened
 * - `GET /_control/requests?upstream=...`: the recorded requests
 * - `GET /_control/usage`: the usage in their answers
 * - `DELETE /_control`: removes faults and recorded requests
 */
export async function answerControl(exchange: Exchange, control: Control): Promise<void> {
    if (exchange.path === `${CONTROL_PATH}/requests`) {
        const upstream = exchange.query.get("upstream") as Upstream | null;
        await exchange.sendJson(200, { requests: control.requests(upstream ?? undefined) });
        return;
    }
    if (exchange.path === `${CONTROL_PATH}/usage`) {
        await exchange.sendJson(200, control.usage());
        return;
    }
    try {
        if (exchange.method === "POST") {
            const body: unknown = JSON.parse(exchange.body.toString("utf8"));
            apply(body, control);
        } else if (exchange.method === "DELETE") {
            control.reset();
        }
        await exchange.sendJson(200, { faults: control.faults() });
    } catch (error) {
        await exchange.sendJson(400, { message: (error as Error).message });
    }
}

function apply(body: unknown, control: Control): void {
    if (Array.isArray(body)) {
        for (const fault of body) {
            control.fault(fault);
        }
    } else if (typeof body === "object" && body !== null && "reset" in body) {
        control.reset();
    } else if (typeof body === "object" && body !== null && "modelServer" in body) {
        control.modelServer = modelServerSchema.nullable().parse(body.modelServer) ?? undefined;
    } else if (typeof body === "object" && body !== null && "controlPlane" in body) {
        const endpoint = z.url().parse(body.controlPlane);
        control.controlPlane = endpoint;
        control.findGuardrail = guardrailsOf(endpoint);
        control.findInferenceProfile = inferenceProfilesOf(endpoint);
    } else {
        control.fault(body as FaultInput);
    }
}
