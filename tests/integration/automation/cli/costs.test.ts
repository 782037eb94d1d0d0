/** What `story42 costs` makes of a stack's ledger. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import type { Context } from "../../../../automation/cli/command.ts";
import { costsCommand } from "../../../../automation/cli/commands/costs.ts";
import { cliSchema } from "../../../../automation/cli/documents.ts";
import { dayOf, ZERO_USAGE } from "../../../../contract/usage.ts";
import { Ledger } from "../../../../docker/shared/usage/ledger.ts";
import { startEmulator } from "../../../kit/agent/dependencies.ts";
import { createUsageTable, documentClient, USAGE_TABLE } from "../../../kit/usage.ts";

const NOVA = "us.amazon.nova-pro-v1:0";
const today = new Date();
const yesterday = new Date(today.getTime() - 86_400_000);

describe("story42 costs", function () {
    this.timeout(60_000);
    let stop: () => Promise<void>;
    let endpoint: string;

    before(async () => {
        const emulator = await startEmulator();
        ({ stop, url: endpoint } = emulator);
        await createUsageTable(endpoint);
        const ledger = new Ledger(documentClient(endpoint), USAGE_TABLE);
        const calls = [
            ["ann", "one", NOVA, today, { input_tokens: 1_000, output_tokens: 100, nano_usd: 1_120_000 }],
            ["ann", "two", NOVA, yesterday, { input_tokens: 10, nano_usd: 8_000 }],
            ["bob", "three", "speech", today, { speech_ms: 2_500, unpriced: 1 }],
            ["bob", "three", NOVA, today, { unmetered: 1 }],
        ] as const;
        for (const [at, [userId, story, model, day, used]] of calls.entries()) {
            const call = { id: `call-${at}`, userId, story, model, at: day };
            await ledger.begin(call);
            await ledger.end(call, { ...ZERO_USAGE, calls: 1, ...used });
        }
        await ledger.begin({ id: "died", userId: "bob", story: "three", model: NOVA, at: today });
    });
    after(() => stop?.());

    async function costs(by: string, days = 30, outputs: object = { usage_table_name: USAGE_TABLE }) {
        const dynamo = new DynamoDBClient({
            endpoint,
            region: "us-east-1",
            credentials: { accessKeyId: "test", secretAccessKey: "test" },
        });
        const deployed = async () => ({ name: "dev", region: "us-east-1", outputs, clients: { dynamo } });
        const context = { stack: async () => ({ deployed }), signal: new AbortController().signal };
        const result = await costsCommand.run(context as unknown as Context, { by, days });
        const matches = new Ajv2020({ strict: false }).compile({
            ...cliSchema(),
            anyOf: undefined,
            $ref: "#/$defs/costs",
        });
        expect(matches(result), JSON.stringify(matches.errors)).to.equal(true);
        return result as {
            groups: ({ name: string } & Record<string, number>)[];
            total: Record<string, number>;
        };
    }
    const usdBy = async (by: string) =>
        Object.fromEntries((await costs(by)).groups.map(({ name, usd }) => [name, usd]));

    it("add up by day, person, model, story and stack", async () => {
        expect(await usdBy("day")).to.deep.equal({ [dayOf(yesterday)]: 0.000_008, [dayOf(today)]: 0.001_12 });
        expect(await usdBy("person")).to.deep.equal({ ann: 0.001_128, bob: 0 });
        expect(await usdBy("model")).to.deep.equal({ [NOVA]: 0.001_128, speech: 0 });
        expect(await usdBy("story")).to.deep.equal({ one: 0.001_12, two: 0.000_008, three: 0 });
        expect(await usdBy("stack")).to.deep.equal({ dev: 0.001_128 });
    });

    it("say apart what has no price, no numbers or no end", async () => {
        const { total } = await costs("stack");
        expect(total).to.include({
            calls: 4,
            unpriced_calls: 1,
            unmetered_calls: 1,
            unended_calls: 1,
            speech_seconds: 2.5,
        });
        const text = costsCommand.text(await costs("person"));
        expect(text).to.contain("bob").and.contain("1 calls without a known price");
    });

    it("are of as many days as are asked for", async () => {
        expect((await costs("day", 1)).groups.map(({ name }) => name)).to.deep.equal([dayOf(today)]);
    });

    it("are refused for a stack that keeps no ledger yet", async () => {
        const error = await costs("day", 1, {}).then(
            () => undefined,
            (reason: Error) => reason,
        );
        expect(error?.message).to.contain("keeps no ledger yet");
    });
});
