# One image for every program: the whole product, an edge, a tracker or a headless peer. The command says which.
FROM node:22-bookworm-slim AS app
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-fund --no-audit
COPY . .
RUN npm run build

FROM node:22-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-fund --no-audit

FROM node:22-bookworm-slim
WORKDIR /app
# The project's own Node first: it is the one everything is tested with.
ENV NODE_ENV=production DATA_DIR=/data PATH=/app/node_modules/.bin:$PATH
COPY --from=packages /app/node_modules node_modules
COPY package.json main.ts ./
COPY proto proto
COPY bus bus
COPY doors doors
COPY tracker tracker
COPY edge-server edge-server
COPY peer peer
COPY --from=app /app/build build
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080 50051
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning"]
CMD ["main.ts"]
