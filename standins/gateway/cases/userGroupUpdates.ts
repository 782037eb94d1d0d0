import { GetGroupCommand, type GroupType, type UpdateGroupRequest } from "@aws-sdk/client-cognito-identity-provider";
import type { Case } from "../case.ts";
import { answer, outputOf } from "../response.ts";
import { cognitoOf, passingRefusals } from "../userPools.ts";

const COLLECTION = "user-groups";

/** The changes of a group's updates, stored in addition to MiniStack's group. */
export const userGroupUpdates: Case = {
    title: "The update of a user pool's group",
    difference: "missing",
    source: "Amazon Cognito user pools API reference, UpdateGroup",
    requests: ["cognito-idp:UpdateGroup", "cognito-idp:GetGroup", "cognito-idp:ListGroups", "cognito-idp:DeleteGroup"],
    async handle(request, next, emulator) {
        const keyOf = ({ UserPoolId, GroupName }: GroupType) => `${UserPoolId}/${GroupName}`;
        const asKept = (group: GroupType): GroupType => ({
            ...group,
            ...emulator.store.get<GroupType>(COLLECTION, keyOf(group)),
        });
        if (request.operation === "UpdateGroup") {
            const { UserPoolId, GroupName, ...settings } = request.input as UpdateGroupRequest;
            const call = cognitoOf(request, emulator).send(new GetGroupCommand({ UserPoolId, GroupName }));
            const { Group = {} } = await passingRefusals(call);
            emulator.store.set(COLLECTION, keyOf(Group), settings);
            const [CreationDate, LastModifiedDate] = [Group.CreationDate, Group.LastModifiedDate].map(seconds);
            return answer(request, { Group: { ...asKept(Group), CreationDate, LastModifiedDate } });
        }
        const response = await next(request);
        if (response.status !== 200) {
            return response;
        }
        if (request.operation === "DeleteGroup") {
            emulator.store.delete(COLLECTION, keyOf(request.input));
            return response;
        }
        const output = outputOf(request, response);
        return answer(
            request,
            output.Group ? { Group: asKept(output.Group) } : { ...output, Groups: output.Groups.map(asKept) },
        );
    },
};

/** A time in this protocol's format. */
function seconds(date: Date | undefined): number | undefined {
    return date && date.getTime() / 1000;
}
