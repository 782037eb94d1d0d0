import type { Case } from "../case.ts";
import { membersOf } from "../query.ts";
import { changed, textsOf } from "../xml.ts";

/** The forward configuration of an action, as in listeners and rules. */
interface Forward {
    groups: { arn: string; weight: string }[];
    stickiness: { enabled: string; seconds?: string };
}

/**
 * MiniStack supports a forward action with one target group only. It gets the one with the most weight, and answers contain
 * the whole action as it was set.
 */
export const forwardConfig: Case = {
    title: "A forward action given by its configuration",
    difference: "dropped",
    source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ForwardActionConfig.html",
    requests: ["Listener", "Rule"].flatMap((kind) =>
        ["Create", "Modify", "Delete", "Describe"].map(
            (verb) => `elasticloadbalancing:${verb}${kind}${verb === "Describe" ? "s" : ""}`,
        ),
    ),
    async handle(request, next, { store }) {
        const { input, operation } = request;
        if (operation.startsWith("Delete")) {
            store.delete(COLLECTION, input.ListenerArn ?? input.RuleArn);
            return next(request);
        }
        const list = operation.endsWith("Listener") ? "DefaultActions.member" : "Actions.member";
        const forwards = membersOf(input, list).map(forwardOf);
        const added = forwards.flatMap((forward, index) => {
            const name = `${list}.${index + 1}.TargetGroupArn`;
            const [heaviest] = (forward?.groups ?? []).toSorted(
                (one, other) => Number(other.weight) - Number(one.weight),
            );
            return input[name] === undefined && heaviest ? [[name, heaviest.arn]] : [];
        });
        const response = await next(
            added.length > 0 ? request.with({ ...input, ...Object.fromEntries(added) }) : request,
        );
        return changed(response, (xml) => {
            const [, arn = ""] = /<(?:Listener|Rule)Arn>([^<]*)</.exec(xml) ?? [];
            if (forwards.length > 0) {
                const own = operation.endsWith("Listener") ? arn : (textsOf(xml, "RuleArn")[0] ?? "");
                store.set(COLLECTION, own, forwards);
            }
            return withForwards(xml, (of) => store.get<(Forward | null)[]>(COLLECTION, of));
        });
    },
};

const COLLECTION = "elasticloadbalancing forward actions";

function forwardOf(action: Record<string, string>): Forward | null {
    const groups = membersOf(action, "ForwardConfig.TargetGroups.member").map((group) => ({
        arn: group.TargetGroupArn ?? "",
        weight: group.Weight ?? "1",
    }));
    if (groups.length === 0) {
        return null;
    }
    const { [`${STICKINESS}.Enabled`]: enabled = "false", [`${STICKINESS}.DurationSeconds`]: seconds } = action;
    return { groups, stickiness: { enabled, seconds } };
}

const STICKINESS = "ForwardConfig.TargetGroupStickinessConfig";

/** Writes the configuration into each forward action, which follows its listener's or rule's ARN. */
function withForwards(xml: string, kept: (arn: string) => (Forward | null)[] | undefined): string {
    return xml.replaceAll(OWNER, (text: string, arn: string) => {
        const forwards = kept(arn);
        let index = -1;
        return text.replaceAll(ACTION, (action: string, head: string, type: string, group?: string) => {
            index += 1;
            const own = group === undefined ? undefined : { groups: [{ arn: group, weight: "1" }], stickiness: NONE };
            const forward = forwards?.[index] ?? own;
            if (type !== "forward" || !forward) {
                return action;
            }
            // With several target groups, AWS leaves TargetGroupArn out.
            const one = forward.groups.length === 1 ? `<TargetGroupArn>${forward.groups[0]?.arn}</TargetGroupArn>` : "";
            return `${head}${one}<ForwardConfig>${contents(forward)}</ForwardConfig>`;
        });
    });
}

const OWNER = /<(?:Listener|Rule)Arn>([^<]*)<.*?(?=<(?:Listener|Rule)Arn>|$)/gs;
const ACTION = /(<Type>([\w-]+)<\/Type><Order>\d+<\/Order>)(?:<TargetGroupArn>([^<]*)<\/TargetGroupArn>)?/g;
const NONE = { enabled: "false" };

function contents({ groups, stickiness: { enabled, seconds } }: Forward): string {
    const members = groups.map(
        ({ arn, weight }) => `<member><TargetGroupArn>${arn}</TargetGroupArn><Weight>${weight}</Weight></member>`,
    );
    const duration = seconds === undefined ? "" : `<DurationSeconds>${seconds}</DurationSeconds>`;
    return (
        `<TargetGroups>${members.join("")}</TargetGroups>` +
        `<TargetGroupStickinessConfig><Enabled>${enabled}</Enabled>${duration}</TargetGroupStickinessConfig>`
    );
}
