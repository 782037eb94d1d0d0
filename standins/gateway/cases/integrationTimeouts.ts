import { setTimeout } from "node:timers/promises";
import type { Case } from "../case.ts";
import { apiCallOf, gatewayResponse } from "../restApis.ts";

export const integrationTimeouts: Case = {
    title: "A function that takes longer than its method waits",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html",
    requests: ["execute-api:*"],
    async handle(request, next, emulator) {
        const call = await apiCallOf(request, emulator);
        const milliseconds = call?.method.methodIntegration?.timeoutInMillis;
        if (!call || !milliseconds) {
            return await next(request);
        }
        const ended = new AbortController();
        const answered = next(request).finally(() => ended.abort());
        const late = setTimeout(milliseconds, undefined, { signal: ended.signal, ref: false }).catch(() => undefined);
        return (
            (await Promise.race([answered, late])) ??
            (ended.signal.aborted
                ? answered
                : gatewayResponse(request, emulator, call, {
                      type: "INTEGRATION_TIMEOUT",
                      status: 504,
                      message: "Endpoint request timed out",
                      error: "InternalServerErrorException",
                  }))
        );
    },
};
