import type { Case } from "../case.ts";
import { membersOf } from "../query.ts";
import { escaped } from "../response.ts";
import { addBehind, changed, textsOf } from "../xml.ts";

interface FlowLogSettings {
    roleArn?: string;
    intervalSeconds: number;
}

const COLLECTION = "ec2 flow logs";
/** AWS's default. */
const DEFAULT_INTERVAL_SECONDS = 600;

/** MiniStack stores what is logged and where, not the role and the interval; and it looks for tags under another type's name. */
export const flowLogs: Case = {
    title: "A flow log's role, interval and tags",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html",
    requests: ["CreateFlowLogs", "DescribeFlowLogs", "DeleteFlowLogs"].map((name) => `ec2:${name}`),
    async handle(request, next, { store }) {
        const { input, operation } = request;
        if (operation === "DescribeFlowLogs") {
            return changed(await next(request), (xml) =>
                addBehind(xml, "flowLogId", (id) => {
                    const kept = store.get<FlowLogSettings>(COLLECTION, id);
                    return kept && contents(kept);
                }),
            );
        }
        if (operation === "DeleteFlowLogs") {
            return changed(await next(request), (xml) => {
                for (const { "": id = "" } of membersOf(input, "FlowLogId")) {
                    store.delete(COLLECTION, id);
                }
                return xml;
            });
        }
        const response = await next(
            input["TagSpecification.1.ResourceType"] === "vpc-flow-log"
                ? request.with({ ...input, "TagSpecification.1.ResourceType": "flow-log" })
                : request,
        );
        return changed(response, (xml) => {
            for (const id of textsOf(xml, "item")) {
                store.set(COLLECTION, id, {
                    roleArn: input.DeliverLogsPermissionArn,
                    intervalSeconds: Number(input.MaxAggregationInterval ?? DEFAULT_INTERVAL_SECONDS),
                } satisfies FlowLogSettings);
            }
            return xml;
        });
    },
};

function contents({ roleArn, intervalSeconds }: FlowLogSettings): string {
    const role =
        roleArn === undefined ? "" : `<deliverLogsPermissionArn>${escaped(roleArn)}</deliverLogsPermissionArn>`;
    return `${role}<maxAggregationInterval>${intervalSeconds}</maxAggregationInterval>`;
}
