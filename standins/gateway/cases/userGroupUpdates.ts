import { GetGroupCommand, type GroupType, type UpdateGroupRequest } from "@aws-sdk/client-cognito-identity-provider";
import type { Case } from "../case.ts";
import { answer, outputOf } from "../response.ts";
import { cognitoOf, passingRefusals } from "../userPools.ts";

const COLLECTION = "user-groups";

/** What an update of a group has set, kept beside the group that MiniStack has. */
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
            const asked = cognitoOf(request, emulator).send(new GetGroupCommand({ UserPoolId, GroupName }));
            const { Group = {} } = await passingRefusals(asked);
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
        const said = outputOf(request, response);
        return answer(
            request,
            said.Group ? { Group: asKept(said.Group) } : { ...said, Groups: said.Groups.map(asKept) },
        );
    },
};

/** A time as this protocol writes it. */
function seconds(date: Date | undefined): number | undefined {
    return date && date.getTime() / 1000;
}
