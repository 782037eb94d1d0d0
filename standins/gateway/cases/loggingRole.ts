import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import type { Case } from "../case.ts";
import { allowsService } from "../policies.ts";
import { AwsError } from "../response.ts";

const SERVICE = "apigateway.amazonaws.com";
/** The actions that AWS's managed policy `AmazonAPIGatewayPushToCloudWatchLogs` allows for all log groups. */
const ACTIONS = [
    "CreateLogGroup",
    "CreateLogStream",
    "DescribeLogGroups",
    "DescribeLogStreams",
    "PutLogEvents",
    "GetLogEvents",
    "FilterLogEvents",
].map((name) => `logs:${name}`);

export const loggingRole: Case = {
    title: "A role by which API Gateway can't write logs",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    requests: ["apigateway:PATCH /account"],
    async handle(request, next, emulator) {
        const operations: { path: string; value?: string }[] = request.input.patchOperations ?? [];
        const arn = operations.find(({ path }) => path === "/cloudwatchRoleArn")?.value;
        if (arn && !(await isUsable(emulator.client(IAMClient, request.region), arn))) {
            throw new AwsError(
                "BadRequestException",
                "The role ARN does not have required permissions configured. " +
                    "Please grant trust permission for API Gateway and add the required role policy.",
            );
        }
        return await next(request);
    },
};

async function isUsable(iam: IAMClient, arn: string): Promise<boolean> {
    const RoleName = arn.slice(arn.lastIndexOf("/") + 1);
    const trust = (await iam.send(new GetRoleCommand({ RoleName })).catch(() => undefined))?.Role;
    if (!trust?.AssumeRolePolicyDocument) {
        return false;
    }
    const { EvaluationResults = [] } = await iam.send(
        new SimulatePrincipalPolicyCommand({
            PolicySourceArn: arn,
            ActionNames: ACTIONS,
            // A group of any name, since API Gateway makes its own groups, such as `/aws/apigateway/welcome`.
            ResourceArns: [`arn:aws:logs:${await iam.config.region()}:${arn.split(":")[4]}:log-group:any-name`],
        }),
    );
    return (
        allowsService(decodeURIComponent(trust.AssumeRolePolicyDocument), SERVICE) &&
        EvaluationResults.every(({ EvalDecision }) => EvalDecision === "allowed")
    );
}
