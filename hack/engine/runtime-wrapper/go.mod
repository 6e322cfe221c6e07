module qbo.io/runtime-wrapper

go 1.25
