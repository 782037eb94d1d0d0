import { GetKeyPolicyCommand, KMSClient } from "@aws-sdk/client-kms";
import { ACCOUNT } from "../account.ts";
import type { Case } from "../case.ts";
import { allowsService } from "../policies.ts";
import { AwsError } from "../response.ts";

export const logGroupKeyUse: Case = {
    title: "A key for a log group that is not there, or that does not let CloudWatch Logs use it",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html; the words: github.com/ministryofjustice/modernisation-platform/issues/7870",
    requests: ["logs:AssociateKmsKey", "logs:CreateLogGroup"],
    async handle(request, next, emulator) {
        const { kmsKeyId, logGroupName } = request.input;
        if (kmsKeyId && !(await isUsable(emulator.client(KMSClient, request.region), kmsKeyId, request.region))) {
            const group = `arn:aws:logs:${request.region}:${ACCOUNT}:log-group:${logGroupName}`;
            throw new AwsError(
                "AccessDeniedException",
                `The specified KMS key does not exist or is not allowed to be used with Arn '${group}'`,
            );
        }
        return await next(request);
    },
};

async function isUsable(kms: KMSClient, key: string, region: string): Promise<boolean> {
    const { Policy } = await kms
        .send(new GetKeyPolicyCommand({ KeyId: key, PolicyName: "default" }))
        .catch(() => ({ Policy: undefined }));
    return Policy !== undefined && allowsService(Policy, `logs.${region}.amazonaws.com`);
}
