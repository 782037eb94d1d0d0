/** Whether a folder with this name holds one user's data; `users` has the stories of all users of the earlier service. */
export function isUserId(id: string): boolean {
    return /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(id) && id !== "users";
}
