import { describe, expect, it } from "vitest";
import { Service, ServiceError, serviceOf } from "../viewer/core/api.js";

describe("serviceOf", () => {
  it.each([
    ["http://host:8089/frontend_realtime_log.js", "http://host:8089"],
    ["http://host:8089/static/frontend_realtime_log.js?v=1", "http://host:8089"],
    ["https://panel/install/frontend_realtime_log.js", "https://panel/install"],
    ["https://panel/install/static/frontend_realtime_log.js", "https://panel/install"],
    ["https://panel/static/js/frontend_realtime_log.js", "https://panel"],
  ])("%s → %s", (src, base) => {
    expect(serviceOf(src)).toBe(base);
  });
});

describe("Service", () => {
  const service = (answer: Response, getToken: () => string = () => "jwt"): { service: Service; sent: Request[] } => {
    const sent: Request[] = [];
    const fetcher = async (url: string, init: RequestInit): Promise<Response> => {
      sent.push(new Request(url, init));
      return answer;
    };
    return { service: new Service("http://host/", "zh", { getToken }, fetcher as typeof fetch), sent };
  };
  const signal = new AbortController().signal;
  const events = (): Response => new Response("data: 1\n\n", { headers: { "Content-Type": "text/event-stream; charset=utf-8" } });

  it("asks for events with the token in a header, not in the address", async () => {
    const { service: asked, sent } = service(events());
    const answer = await asked.stream("/v1/log/sse", { task_id: "t", since: 3 }, "mine", signal);
    expect(await answer.text()).toBe("data: 1\n\n");
    expect(sent[0]?.url).toBe("http://host/v1/log/sse?task_id=t&since=3");
    expect(sent[0]?.headers.get("Authorization")).toBe("Bearer mine");
    expect(sent[0]?.headers.get("Accept")).toBe("text/event-stream");
  });

  it.each([
    [new Response("<html>", { headers: { "Content-Type": "text/html" } }), 200, "bad_answer"],
    [new Response("<html>", { status: 502 }), 502, "bad_answer"],
    [Response.json({ success: false, message: "no", error: { type: "realtime_off" } }, { status: 503 }), 503, "realtime_off"],
  ])("tells what is no stream of events, %#", async (answer, status, type) => {
    const failure = service(answer).service.stream("/v1/log/sse", {}, undefined, signal);
    await expect(failure).rejects.toMatchObject({ status, type });
  });

  it("tells a token that the page cannot get from a service that cannot be reached", async () => {
    const { service: asked, sent } = service(events(), () => {
      throw new Error("the session is over");
    });
    const failure = await asked.status("t").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ServiceError);
    expect(failure).toMatchObject({ status: 0, type: "no_token", message: "the session is over" });
    expect(sent).toHaveLength(0);
  });
});
