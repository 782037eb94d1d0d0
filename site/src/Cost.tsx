import { useTranslation } from "react-i18next";
import type { StoryDetail } from "./api.ts";

/** The usage and cost of a story in one line; empty when usage was not counted. */
export function Cost({ usage }: { usage: StoryDetail["usage"] }) {
    const { t, i18n } = useTranslation();
    if (!usage) {
        return null;
    }
    const { language } = i18n;
    const tokens = (usage.input_tokens + usage.output_tokens + usage.image_tokens).toLocaleString(language);
    const usd = usage.usd.toLocaleString(language, { style: "currency", currency: "USD" });
    const isWhole = usage.unpriced_calls + usage.unmetered_calls === 0;
    return (
        <p className="note">
            {isWhole
                ? t("This story used {{tokens}} tokens and cost {{usd}}.", { tokens, usd })
                : t("This story used {{tokens}} tokens and cost {{usd}}, and what has no known price.", {
                      tokens,
                      usd,
                  })}
        </p>
    );
}
