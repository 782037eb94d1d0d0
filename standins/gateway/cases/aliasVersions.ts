import { GetFunctionConfigurationCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { Case } from "../case.ts";
import { AwsError } from "../response.ts";

export const aliasVersions: Case = {
    title: "An alias of a version that does not exist",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html",
    requests: [
        "lambda:POST /2015-03-31/functions/{function}/aliases",
        "lambda:PUT /2015-03-31/functions/{function}/aliases/{alias}",
    ],
    async handle(request, next, emulator) {
        const { FunctionVersion: Qualifier } = request.input;
        const lambda = emulator.client(LambdaClient, request.region);
        const configuration = (version?: string) =>
            lambda
                .send(
                    new GetFunctionConfigurationCommand({ FunctionName: request.params.function, Qualifier: version }),
                )
                .catch(() => undefined);
        const live = Qualifier && (await configuration());
        if (live && !(await configuration(Qualifier))) {
            throw new AwsError(
                "ResourceNotFoundException",
                `Function not found: ${live.FunctionArn}:${Qualifier}`,
                404,
            );
        }
        return await next(request);
    },
};
