/**
 * The value in a secret's text. Secrets Manager's console stores `{"NAME": "value"}`; a program stores the value
 * itself.
 */
export function secretText(text: string): string {
    let parsed: unknown;
    try {
        parsed = JSON.parse(text);
    } catch {
        return text;
    }
    const [value, ...others] = typeof parsed === "object" && parsed !== null ? Object.values(parsed) : [];
    return typeof value === "string" && others.length === 0 ? value : text;
}
