import {
    AssociateKmsKeyCommand,
    CloudWatchLogsClient,
    CreateLogGroupCommand,
    DeleteLogGroupCommand,
    DescribeLogGroupsCommand,
    DisassociateKmsKeyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { expect } from "chai";
import { GatewayWorld, refusalOf } from "../../../kit/gateway/world.ts";

describe("The gateway's log groups", () => {
    let world: GatewayWorld;
    let logs: CloudWatchLogsClient;
    before(async () => {
        world = await GatewayWorld.open();
        logs = world.client(CloudWatchLogsClient);
    });
    after(() => world.close());

    async function keyFor(service: string): Promise<string> {
        const statement = { Effect: "Allow", Principal: { Service: service }, Action: "kms:*", Resource: "*" };
        const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
        const { KeyMetadata } = await world.client(KMSClient).send(new CreateKeyCommand({ Policy }));
        return KeyMetadata?.Arn ?? expect.fail("there is no key");
    }

    async function keyOf(logGroupName: string): Promise<string | undefined> {
        const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
        return logGroups?.[0]?.kmsKeyId;
    }

    it("get another key, and lose it", async () => {
        const logGroupName = "given-a-key";
        const kmsKeyId = await keyFor("logs.us-east-1.amazonaws.com");
        await logs.send(new CreateLogGroupCommand({ logGroupName }));
        expect(await keyOf(logGroupName)).to.equal(undefined);
        await logs.send(new AssociateKmsKeyCommand({ logGroupName, kmsKeyId }));
        expect(await keyOf(logGroupName)).to.equal(kmsKeyId);
        await logs.send(new DisassociateKmsKeyCommand({ logGroupName }));
        expect(await keyOf(logGroupName)).to.equal(undefined);
        await logs.send(new AssociateKmsKeyCommand({ logGroupName, kmsKeyId }));
        await logs.send(new DeleteLogGroupCommand({ logGroupName }));
        await logs.send(new CreateLogGroupCommand({ logGroupName }));
        expect(await keyOf(logGroupName)).to.equal(undefined);
        const past = world.past(CloudWatchLogsClient);
        expect(await wordsOf(past.send(new AssociateKmsKeyCommand({ logGroupName, kmsKeyId })))).to.match(
            /Unknown action: AssociateKmsKey/,
        );
    });

    it("that are not there get none", async () => {
        const kmsKeyId = await keyFor("logs.us-east-1.amazonaws.com");
        expect(await wordsOf(logs.send(new AssociateKmsKeyCommand({ logGroupName: "nowhere", kmsKeyId })))).to.match(
            /The specified log group does not exist/,
        );
    });

    it("get no key that CloudWatch Logs may not use, as they are made or later", async () => {
        const logGroupName = "kept-from-a-key";
        const refused =
            /The specified KMS key does not exist or is not allowed to be used with Arn '.*kept-from-a-key'/;
        const nobody = `arn:aws:kms:us-east-1:${GatewayWorld.account}:key/00000000-0000-4000-8000-000000000000`;
        await logs.send(new CreateLogGroupCommand({ logGroupName }));
        for (const kmsKeyId of [await keyFor("logs.eu-west-1.amazonaws.com"), nobody]) {
            expect(await wordsOf(logs.send(new AssociateKmsKeyCommand({ logGroupName, kmsKeyId })))).to.match(refused);
            expect(
                await wordsOf(logs.send(new CreateLogGroupCommand({ logGroupName: `${logGroupName}-2`, kmsKeyId }))),
            ).to.match(/not allowed to be used/);
        }
    });
});

/** The words that something is refused with. */
async function wordsOf(call: Promise<unknown>): Promise<string> {
    return (await refusalOf(call)).message;
}
