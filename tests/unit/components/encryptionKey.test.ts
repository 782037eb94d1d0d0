import { expect } from "chai";
import { StoryEncryptionKey, type StoryEncryptionKeyArgs } from "../../../components/index.ts";
import { run } from "../../kit/monitor.ts";

async function policyOf(args: StoryEncryptionKeyArgs) {
    const { resources } = await run(() => new StoryEncryptionKey("key", args));
    const statements: { Sid: string; Principal: unknown; Condition: unknown }[] = JSON.parse(
        resources.one("aws:kms/key:Key").inputs.policy,
    ).Statement;
    return Object.fromEntries(statements.map((statement) => [statement.Sid, statement]));
}

describe("StoryEncryptionKey", () => {
    it("is for the account and region that it is made in", async () => {
        const { AccountDecidesByIam, LogGroupsOfThisAccount } = await policyOf({});
        expect(AccountDecidesByIam?.Principal).to.deep.equal({ AWS: "arn:aws:iam::123456789012:root" });
        expect(LogGroupsOfThisAccount?.Principal).to.deep.equal({ Service: "logs.us-east-1.amazonaws.com" });
    });

    it("is for those that are named", async () => {
        const { AccountDecidesByIam, LogGroupsOfThisAccount } = await policyOf({
            accountId: "210987654321",
            region: "eu-west-1",
        });
        expect(AccountDecidesByIam?.Principal).to.deep.equal({ AWS: "arn:aws:iam::210987654321:root" });
        expect(LogGroupsOfThisAccount?.Principal).to.deep.equal({ Service: "logs.eu-west-1.amazonaws.com" });
    });
});
