/** Bedrock's ApplyGuardrail: applies a guardrail to texts without a model. */
import { faultAsError } from "../bedrockFaults.ts";
import { refusalOfGuardrail } from "../bedrockRules.ts";
import type { Exchange } from "../exchange.ts";
import { assess } from "./assess.ts";
import { type FindGuardrail, regionOf } from "./definition.ts";

const ROUTE = /^\/guardrail\/(.+)\/version\/([^/]+)\/apply$/;

export const isApplyGuardrail = (path: string) => ROUTE.test(path);

interface ApplyRequest {
    source?: string;
    content?: { text?: { text?: string } }[];
}

export async function answerApplyGuardrail(exchange: Exchange, find: FindGuardrail): Promise<void> {
    const [, identifier = "", version = ""] = (ROUTE.exec(exchange.path) ?? []).map(decodeURIComponent);
    const { source, content = [] } = exchange.json() as ApplyRequest;
    const region = regionOf(exchange) ?? "";
    const guardrail = await find({ identifier, version, region });
    const problem =
        faultAsError(exchange.fault) ?? refusalOfGuardrail({ identifier, version }, guardrail !== undefined);
    const isSource = source === "INPUT" || source === "OUTPUT";
    const headers = problem?.headers;
    if (problem || !guardrail || !isSource || content.length === 0) {
        const { status, code, message } = problem ?? {
            status: 400,
            code: "ValidationException",
            message: "1 validation error detected: the request needs a source, INPUT or OUTPUT, and content",
        };
        await exchange.sendJson(status, { message }, { "x-amzn-errortype": code, ...headers });
        return;
    }
    const texts = content.flatMap(({ text }) => (text?.text ? [text.text] : []));
    const { isBlocked, isMasked, texts: masked, assessment } = assess(guardrail, source, texts);
    const blocked = source === "INPUT" ? guardrail.blockedInputMessaging : guardrail.blockedOutputsMessaging;
    const outputs = isBlocked ? [blocked] : isMasked ? masked : [];
    await exchange.sendJson(200, {
        action: isBlocked || isMasked ? "GUARDRAIL_INTERVENED" : "NONE",
        ...(isBlocked ? { actionReason: "Guardrail blocked." } : isMasked ? { actionReason: "Guardrail masked." } : {}),
        outputs: outputs.map((text) => ({ text })),
        assessments: [assessment],
        usage: assessment.invocationMetrics.usage,
        guardrailCoverage: { textCharacters: { guarded: texts.join("").length, total: texts.join("").length } },
    });
}
