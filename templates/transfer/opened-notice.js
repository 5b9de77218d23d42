/**
 * Which opened model answers in step 4, and the way to take it away again.
 *
 * @import { Session } from "./session.js"
 */
import { byId, showError } from "../shared/page.js";
import { SIDE } from "../shared/square.js";

export class OpenedNotice {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.panel = byId("try-model", HTMLElement);
    this.text = byId("try-model-text", HTMLElement);
    this.seen = byId("try-seen-hint", HTMLElement);
    byId("try-model-away", HTMLButtonElement).addEventListener("click", () => {
      this.takeAway().catch(showError);
    });
    session.answerer.addEventListener("change", () => this.show());
    this.show();
  }

  show() {
    const { model } = this.session.answerer;
    this.panel.hidden = model === null;
    this.text.textContent = model
      ? `Answers come from the opened model “${model.title}”; it cannot be taught here.`
      : "";
    this.seen.textContent =
      model && model.size !== SIDE
        ? `The centre square. The opened model sees it in ${model.size} × ${model.size} pixels.`
        : `The ${SIDE} × ${SIDE} pixels that the network sees: the centre square.`;
  }

  async takeAway() {
    const { answerer, announce, project } = this.session;
    await answerer.close();
    byId("try-file-open", HTMLButtonElement).focus({ preventScroll: true });
    announce(`The opened model is taken away.${project.head ? " Your head answers again." : ""}`);
  }
}
