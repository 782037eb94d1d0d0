/** The data operations: invoked directly by the agent service and by operators, never over the API. */
import * as z from "zod";
import { isUserId } from "./userId.ts";

const userId = z.string().refine(isUserId, "must be a Cognito sub");
/** Keys that begin with `#` are those of recorded calls and of the agent service. */
const sessionId = z.string().max(256).regex(/^[^#]/, "must not be empty or begin with #");
const milliseconds = z.int().min(0);

/** Every operation by the name that an event carries in `operation`, with what else it carries. */
export const dataOperations = {
    put_session: z.object({
        user_id: userId,
        session_id: sessionId,
        route: z.string().min(1).max(200),
        request: z.unknown().optional(),
        response: z.unknown().optional(),
        timestamp: milliseconds.optional(),
    }),
    query_sessions: z
        .object({
            user_id: userId.optional(),
            route: z.string().min(1).max(200).optional(),
            from: milliseconds.optional(),
            to: milliseconds.optional(),
            limit: z.int().min(1).max(200).default(50),
            next: z.string().max(4_000).optional(),
        })
        .refine((query) => query.user_id !== undefined || query.route !== undefined, {
            message: "user_id or route is required",
        }),
    read_object: z.object({ user_id: userId, key: z.string().min(1).max(1_024) }),
    export_user_data: z.object({ user_id: userId, next: z.string().max(4_000).optional() }),
    delete_user_data: z.object({ user_id: userId }),
} as const;

/** The name of a data operation. */
export type DataOperation = keyof typeof dataOperations;
