import { GetPolicyCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { Case } from "../case.ts";
import type { Emulator } from "../emulator.ts";
import type { AwsRequest } from "../request.ts";
import { type ApiCall, apiCallOf, gatewayResponse } from "../restApis.ts";

const FUNCTION =
    /\/functions\/(?<arn>arn:[^:]+:lambda:(?<region>[^:]+):(?<account>\d+):function:(?<name>[^:/]+)(?::(?<qualifier>[^/]+))?)\//;

export const functionPermissions: Case = {
    title: "A method whose function does not allow API Gateway to invoke it",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html",
    requests: ["execute-api:*"],
    async handle(request, next, emulator) {
        const call = await apiCallOf(request, emulator);
        const { type, uri = "", credentials } = call?.method.methodIntegration ?? {};
        const target = FUNCTION.exec(uri)?.groups;
        const refusesAnyway = call?.method.authorizationType !== "NONE" && !request.head.headers.authorization;
        if (!call || !type?.startsWith("AWS") || credentials || !target || refusesAnyway) {
            return await next(request);
        }
        const statements = await emulator.remember(`policy ${target.arn}`, () => policyOf(request, emulator, target));
        if (statements.some((one) => allows(one, target, call))) {
            return await next(request);
        }
        return await gatewayResponse(request, emulator, call, {
            type: "API_CONFIGURATION_ERROR",
            status: 500,
            message: "Internal server error",
            error: "InternalServerErrorException",
        });
    },
};

type Target = Record<string, string | undefined>;

interface Statement {
    Effect: string;
    Principal: string | { Service?: string | string[] };
    Action: string | string[];
    Condition?: Record<string, Record<string, string>>;
}

/** The policy of a function, or of one version or alias of it. */
async function policyOf(request: AwsRequest, emulator: Emulator, { name, qualifier }: Target): Promise<Statement[]> {
    const answer = emulator
        .client(LambdaClient, request.region)
        .send(new GetPolicyCommand({ FunctionName: name, Qualifier: qualifier }));
    const policy = (await answer.catch(() => undefined))?.Policy;
    return policy ? JSON.parse(policy).Statement : [];
}

/** Whether a statement lets API Gateway invoke the function for a call. */
function allows({ Effect, Principal, Action, Condition = {} }: Statement, target: Target, call: ApiCall): boolean {
    const service = typeof Principal === "string" ? Principal : Principal.Service;
    const { region, account } = target;
    const source = `arn:aws:execute-api:${region}:${account}:${call.api}/${call.stage}/${call.verb}${call.resourcePath}`;
    const facts: Record<string, string> = { "aws:sourcearn": source, "aws:sourceaccount": account ?? "" };
    return (
        Effect === "Allow" &&
        [service].flat().some((one) => one === "apigateway.amazonaws.com" || one === "*") &&
        [Action].flat().some((one) => isLike(one, "lambda:InvokeFunction")) &&
        Object.values(Condition)
            .flatMap((all) => Object.entries(all))
            .every(([key, pattern]) => isLike(pattern, facts[key.toLowerCase()] ?? ""))
    );
}

/** Whether a text matches a policy's pattern with `*` and `?`. */
function isLike(pattern: string, text: string): boolean {
    const source = pattern
        .replaceAll(/[.+^$(){}|[\]\\]/g, "\\$&")
        .replaceAll("*", ".*")
        .replaceAll("?", ".");
    return new RegExp(`^${source}$`).test(text);
}
