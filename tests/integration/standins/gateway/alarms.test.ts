import {
    CloudWatchClient,
    DeleteAlarmsCommand,
    DescribeAlarmsCommand,
    type MetricDataQuery,
    PutMetricAlarmCommand,
} from "@aws-sdk/client-cloudwatch";
import { cbor } from "@smithy/core/cbor";
import { expect } from "chai";
import { GatewayWorld } from "../../../kit/gateway/world.ts";

describe("The gateway's alarms", () => {
    let world: GatewayWorld;
    let cloudWatch: CloudWatchClient;
    before(async () => {
        world = await GatewayWorld.open();
        cloudWatch = world.client(CloudWatchClient);
    });
    after(() => world.close());

    const rule = { EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: "GreaterThanThreshold" } as const;
    const metric = { Namespace: "AWS/Lambda", MetricName: "Errors" };

    async function read(name: string, client = cloudWatch) {
        const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
        return MetricAlarms[0];
    }

    /** As the AWS provider asks. */
    async function byCbor(operation: string, input: object) {
        const answer = await fetch(`${world.url}/service/GraniteServiceVersion20100801/operation/${operation}`, {
            method: "POST",
            headers: {
                "smithy-protocol": "rpc-v2-cbor",
                "content-type": "application/cbor",
                authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request",
            },
            body: cbor.serialize(input),
        });
        expect(answer.status).to.equal(200);
        return cbor.deserialize(new Uint8Array(await answer.arrayBuffer()));
    }

    it("keep the expression that one looks at", async () => {
        const Metrics: MetricDataQuery[] = [
            { Id: "rate", Expression: "errors / 2", Label: "Rate", ReturnData: true },
            { Id: "errors", MetricStat: { Metric: metric, Period: 60, Stat: "Sum" }, ReturnData: false },
        ];
        await cloudWatch.send(new PutMetricAlarmCommand({ AlarmName: "rate", ...rule, Metrics }));
        const alarm = await read("rate");
        expect(alarm?.Metrics).to.deep.equal(Metrics);
        expect(alarm).not.to.have.any.keys("MetricName", "Namespace", "Statistic", "Period", "Dimensions");
        expect(await read("rate", world.past(CloudWatchClient))).not.to.have.property("Metrics");
        const { MetricAlarms } = await byCbor("DescribeAlarms", { AlarmNames: ["rate"] });
        expect(MetricAlarms[0].Metrics).to.deep.equal(Metrics);
        expect(MetricAlarms[0].StateUpdatedTimestamp, "a time stays one").to.include({ tag: 1 });

        const own = { ...metric, Period: 60, Statistic: "Sum" } as const;
        await cloudWatch.send(new PutMetricAlarmCommand({ AlarmName: "rate", ...rule, ...own }));
        expect(await read("rate")).to.include(own);
        await byCbor("PutMetricAlarm", { AlarmName: "rate", ...rule, Metrics });
        expect((await read("rate"))?.Metrics).to.deep.equal(Metrics);
        await cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: ["rate"] }));
        await world.past(CloudWatchClient).send(new PutMetricAlarmCommand({ AlarmName: "rate", ...rule, ...own }));
        expect(await read("rate")).to.include(own);
    });

    it("have no other statistic than a percentile", async () => {
        const own = { ...metric, Period: 60, ExtendedStatistic: "p99" };
        await cloudWatch.send(new PutMetricAlarmCommand({ AlarmName: "slow", ...rule, ...own }));
        expect(await read("slow")).to.include(own);
        expect(await read("slow")).not.to.have.property("Statistic");
        expect(await read("slow", world.past(CloudWatchClient))).to.include({ Statistic: "Average" });
    });

    it("and a dashboard is deleted by the provider's protocol too", async () => {
        await byCbor("PutDashboard", { DashboardName: "stories", DashboardBody: '{"widgets":[]}' });
        await byCbor("DeleteDashboards", { DashboardNames: ["stories"] });
        expect((await byCbor("ListDashboards", {})).DashboardEntries).to.deep.equal([]);
    });
});
