import type { Case } from "../case.ts";
import { addBehind, changed, textsOf } from "../xml.ts";

export const targetGroupProtocolVersion: Case = {
    title: "A target group's protocol version",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html (ProtocolVersion)",
    requests: ["Create", "Describe", "Modify", "Delete"].map(
        (verb) => `elasticloadbalancing:${verb}TargetGroup${verb === "Describe" ? "s" : ""}`,
    ),
    notEmulated: { type: "aws:lb/targetGroup:TargetGroup", settings: ["protocolVersion"] },
    async handle(request, next, { store }) {
        const { input, operation } = request;
        const response = await next(request);
        return changed(response, (xml) => {
            if (operation === "DeleteTargetGroup") {
                store.delete(COLLECTION, input.TargetGroupArn);
                return xml;
            }
            const [arn] = textsOf(xml, "TargetGroupArn");
            if (operation === "CreateTargetGroup" && arn) {
                const version = HAS_VERSION.has(input.Protocol) ? (input.ProtocolVersion ?? "HTTP1") : undefined;
                store.set(COLLECTION, arn, version);
            }
            return addBehind(xml, "TargetGroupArn", (of) => {
                const version = store.get<string>(COLLECTION, of);
                return version && `<ProtocolVersion>${version}</ProtocolVersion>`;
            });
        });
    },
};

const COLLECTION = "elasticloadbalancing protocol versions";
const HAS_VERSION = new Set(["HTTP", "HTTPS"]);
