import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Case } from "../case.ts";
import { AwsError } from "../response.ts";

export const secretNames: Case = {
    title: "A secret of the name of one that is scheduled for deletion",
    difference: "too kind",
    source: "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html (InvalidRequestException)",
    requests: ["secretsmanager:CreateSecret"],
    async handle(request, next, emulator) {
        const there = await emulator
            .client(SecretsManagerClient, request.region)
            .send(new DescribeSecretCommand({ SecretId: request.input.Name }))
            .catch(() => undefined);
        if (there?.DeletedDate) {
            throw new AwsError(
                "InvalidRequestException",
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
            );
        }
        return next(request);
    },
};
