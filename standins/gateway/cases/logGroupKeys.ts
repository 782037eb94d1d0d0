import { CloudWatchLogsClient, DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { Case } from "../case.ts";
import { AwsError, answer, outputOf } from "../response.ts";

/** MiniStack stores a group's first key; the gateway stores later changes of it. */
export const logGroupKeys: Case = {
    title: "Another key for a log group that is there",
    difference: "missing",
    source: "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html, API_DisassociateKmsKey.html",
    requests: ["AssociateKmsKey", "DisassociateKmsKey", "DescribeLogGroups", "DeleteLogGroup"].map(
        (name) => `logs:${name}`,
    ),
    async handle(request, next, emulator) {
        const { input, operation, region } = request;
        const keyOf = (name: string) => `${region} ${name}`;
        if (operation === "AssociateKmsKey" || operation === "DisassociateKmsKey") {
            const logs = emulator.client(CloudWatchLogsClient, region);
            const { logGroups = [] } = await logs.send(
                new DescribeLogGroupsCommand({ logGroupNamePrefix: input.logGroupName }),
            );
            if (!logGroups.some(({ logGroupName }) => logGroupName === input.logGroupName)) {
                throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
            }
            emulator.store.set(COLLECTION, keyOf(input.logGroupName), { kmsKeyId: input.kmsKeyId });
            return answer(request, {});
        }
        const response = await next(request);
        if (response.status >= 300) {
            return response;
        }
        if (operation === "DeleteLogGroup") {
            emulator.store.delete(COLLECTION, keyOf(input.logGroupName));
            return response;
        }
        const output = outputOf(request, response);
        for (const group of output.logGroups) {
            const kept = emulator.store.get<{ kmsKeyId?: string }>(COLLECTION, keyOf(group.logGroupName));
            Object.assign(group, kept && { kmsKeyId: kept.kmsKeyId });
        }
        return answer(request, output);
    },
};

const COLLECTION = "logs keys of groups";
